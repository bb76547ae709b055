import { join } from 'node:path';
import type { OrganisationId } from '@signpost/domain';
import { ApiClient } from '../demo/client.js';
import type { DemoContext } from '../demo/context.js';
import { DemoReceiver, type Arrival } from '../demo/receiver.js';
import { ALL_ROLES } from '../role-names.js';
import { Closing } from './closing.js';
import { roleEnvironment, withoutEmpty } from './environment.js';
import type { StartFlags } from './flags.js';
import type { Home } from './home.js';
import { untilKeyIsKnown } from './key-known.js';
import type { Narrator } from './narrator.js';
import { apiPort } from './ports.js';
import { removeRunningFile, writeRunningFile } from './running-file.js';
import type { RolePlan, RunningRoles } from './running-roles.js';
import type { Seed } from './seed.js';
import { Services, type Service } from './services.js';
import { makeSourceTopics, sourceTopics } from './source-topics.js';
import type { StopSignals } from './stop-signals.js';
import { welcome } from './welcome.js';

/** Of memory, for Kafka, PostgreSQL and the roles with a working demonstration, as measured. */
const NEEDED_MB = { together: 700, apart: 1_300 };

export interface Launch {
  readonly flags: StartFlags;
  readonly env: NodeJS.ProcessEnv;
  readonly home: Home;
  readonly narrator: Narrator;
  readonly signals: StopSignals;
}

/** Starts everything, works until it is asked to stop or cannot go on, and stops everything; resolves with the exit code. */
export async function launch(given: Launch): Promise<number> {
  const { narrator, signals } = given;
  const closing = new Closing(signals.hurried);
  const stop = new AbortController();
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => undefined);
  const asked = signals.requested.then(() => {
    narrator.step('stopping: intake first, then what is under way; Ctrl-C again hurries');
    stop.abort();
    return given.flags.check ? 1 : 0;
  });
  // A bug in a role must not take Kafka and PostgreSQL down unasked.
  for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, lost.reject);
  try {
    return await Promise.race([run(given, closing, stop.signal, lost.reject), asked, lost.promise]);
  } finally {
    const wasAsked = stop.signal.aborted;
    stop.abort();
    await closing.run();
    if (wasAsked) narrator.step('stopped; the next start goes on from here');
  }
}

async function run(given: Launch, closing: Closing, stop: AbortSignal, lost: (error: Error) => void): Promise<number> {
  const { flags, home, narrator } = given;
  const ground = await layGround(given, closing, lost);
  const context =
    flags.demo && flags.roles.length === ALL_ROLES.length ? await prepareDemo(given, closing, ground) : undefined;
  const roles = await workRoles(given, ground, closing, stop, lost);
  if (stop.aborted) return 0;
  narrator.step(`ready: ${flags.roles.join(', ')}`);
  if (!flags.check) narrator.text(welcome(roles, ground.apiKey, flags, home));
  if (context === undefined) return await forever();
  const demo = { ...context, api: new ApiClient(roles.origin, ground.apiKey), roles: () => roles, signal: stop };
  if (flags.check) return await verdict(demo);
  const { demonstrate } = await import('../demo/demo.js');
  const demonstration = demonstrate(demo);
  closing.first(() => demonstration);
  await demonstration;
  return await forever();
}

/** What roles stand on. */
interface Ground {
  readonly port: number;
  readonly kafka: Service;
  readonly postgres: Service;
  readonly masterKey: string;
  readonly apiKey: string;
  readonly env: NodeJS.ProcessEnv;
  readonly startRoles: (plan: RolePlan) => Promise<RunningRoles>;
}

/** Kafka and PostgreSQL side by side, with the code loading meanwhile; the database is ready long before Kafka is. */
async function layGround(given: Launch, closing: Closing, lost: (error: Error) => void): Promise<Ground> {
  const { flags, env, home, narrator } = given;
  const port = await apiPort(home, env, (sentence) => narrator.step(sentence));
  const services = new Services({
    home,
    narrator,
    env,
    neededMb: flags.apart ? NEEDED_MB.apart : NEEDED_MB.together,
    onLost: lost,
  });
  closing.last(() => services.stop());
  const code = loadCode(flags);
  code.catch(() => undefined);
  const { SIGNPOST_MASTER_KEY: named = '' } = env;
  const masterKey = named === '' ? home.secret('master-key') : named;
  const apiKey = home.secret('api-key');
  const postgres = await told(services.postgres, 'PostgreSQL', narrator);
  const { seed, layoutFor, startRoles } = await code;
  const pair = ['KAFKA_BROKERS', 'KAFKA_TOPIC_PREFIX', 'DATABASE_URL'].map((name) => env[name] ?? '').join('\n');
  const sources = flags.roles.includes('ingest') ? await sourceTopics(withoutEmpty(env)) : [];
  const organisationId = await seed({
    databaseUrl: postgres.address,
    apiKey,
    newToKafka: home.isNew('services', pair),
  });
  home.know('services', pair);
  narrator.step('migrations done, API key in place');
  const kafka = await told(services.kafka, 'Kafka', narrator);
  const logFile = join(home.logs, 'signpost.log');
  const own = roleEnvironment(env, { kafka, postgres, masterKey, logFile, organisationId });
  const made = kafka.embedded ? await makeSourceTopics(sources, own) : [];
  if (made.length > 0) narrator.step(`made the source topics ${made.join(', ')}`);
  const roleEnv = { ...(kafka.embedded ? own : await layoutFor(own)), PORT: String(port) };
  return { port, kafka, postgres, masterKey, apiKey, env: roleEnv, startRoles };
}

/** Starts the roles, sees to their stop, and tells scripts where they are for as long as they work. */
async function workRoles(
  { flags, home, narrator }: Launch,
  { port, kafka, postgres, apiKey, env, startRoles }: Ground,
  closing: Closing,
  stop: AbortSignal,
  lost: (error: Error) => void,
): Promise<RunningRoles> {
  const tell = (): void => {
    if (stop.aborted) return;
    const { origin, processes } = roles;
    const services = { kafkaBrokers: kafka.address, databaseUrl: postgres.address };
    writeRunningFile(home, { pid: process.pid, apiUrl: origin, apiKey, ...services, processes });
  };
  const watcher = { lost, changed: tell };
  const starting = startRoles({ names: flags.roles, env, port, home, narrator, watcher });
  const started = starting.catch(() => undefined);
  closing.first(
    async () => (await started)?.stop(),
    async () => (await started)?.kill(),
  );
  const roles = await starting;
  if (flags.roles.includes('api')) await untilKeyIsKnown(roles.origin, apiKey, stop);
  tell();
  closing.first(async () => removeRunningFile(home));
  return roles;
}

/** Most of what there is to load, and a second or two of work: done while Kafka boots. */
async function loadCode({ apart, roles }: StartFlags): Promise<{
  readonly seed: (what: Seed) => Promise<OrganisationId>;
  readonly layoutFor: (env: NodeJS.ProcessEnv) => Promise<NodeJS.ProcessEnv>;
  readonly startRoles: (plan: RolePlan) => Promise<RunningRoles>;
}> {
  const { seed } = await import('./seed.js');
  const { layoutFor } = await import('./cluster.js');
  if (apart) return { seed, layoutFor, startRoles: (await import('./apart.js')).startApart };
  const { startInOneProcess } = await import('./in-one-process.js');
  const { rolesNamed } = await import('../roles.js');
  const { boot } = await import('@signpost/runtime');
  const loaded = await rolesNamed(roles);
  return { seed, layoutFor, startRoles: (plan) => startInOneProcess((env) => boot(loaded, env), plan) };
}

async function told(service: Promise<Service>, name: string, narrator: Narrator): Promise<Service> {
  const { address, embedded } = await service;
  const where = address.replace(/:\/\/[^@]*@/, '://');
  narrator.step(`${name} ${embedded ? 'runs' : 'is used'} at ${where}`);
  return { address, embedded };
}

/** The receiver listens before the roles work: what an earlier start left undelivered may arrive at once. */
async function prepareDemo(
  { home, narrator }: Launch,
  closing: Closing,
  { masterKey }: Ground,
): Promise<Omit<DemoContext, 'api' | 'roles' | 'signal'>> {
  const listeners: ((arrival: Arrival) => void)[] = [];
  let first = true;
  const receiver = await DemoReceiver.start({
    port: await home.port('receiver'),
    masterKey,
    onArrival: (arrival) => {
      if (first) narrator.step('first delivery');
      first = false;
      for (const listener of listeners) listener(arrival);
    },
  });
  closing.first(() => receiver.stop());
  return { home, narrator, receiver, masterKey, onArrival: (listener) => listeners.push(listener) };
}

async function verdict(demo: DemoContext): Promise<number> {
  const { check } = await import('../check/check.js');
  const missing = await check(demo);
  if (missing.length === 0) {
    demo.narrator.step('check passed: every expected delivery arrived, signed, and can be read through the API');
    return 0;
  }
  demo.narrator.step('check failed:');
  for (const fault of missing) demo.narrator.text(`  ${fault}`);
  return 1;
}

const forever = (): Promise<never> => new Promise(() => undefined);
