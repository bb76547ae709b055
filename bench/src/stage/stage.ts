import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import {
  ALL_ROLES,
  Deployment,
  startKafka,
  startPostgres,
  type EmbeddedKafka,
  type EmbeddedPostgres,
} from '@signpost/testing';
import type { BareCalls } from '../bare/main.js';
import { startChild, type Child } from '../child/remote.js';
import type { LoadCalls } from '../load/main.js';
import { Sampler } from '../measure/sampler.js';
import type { Window } from '../profile/hot-spots.js';
import type { ReceiverCalls } from '../receiver/main.js';
import type { ReceiverPorts } from '../receiver/receiver.js';
import { repositoryRoot } from '../repository.js';
import { BrokerView } from './broker-view.js';
import { DirectWriter } from './direct-writer.js';

/** The platform's own topic that ingest reads from. */
export const SOURCE_TOPIC = 'bench.events';
const PARTITIONS = 12;
const TOPIC_PREFIX = 'signpost.';
const MASTER_KEY = 'a key for the benchmark and nothing else';
const KAFKA_HEAP_MB = 512;

export interface StageOptions {
  /** Takes a V8 processor profile of each role; undefined takes none. */
  readonly profileFolder: string | undefined;
  readonly settings: Readonly<Record<string, string>>;
  /** For each role's Node. */
  readonly nodeArguments: readonly string[];
  readonly tell: (sentence: string) => void;
}

/** The parts that Signpost has no share in: they run without it. */
export interface Props {
  readonly receiver: Child<ReceiverCalls>;
  readonly ports: ReceiverPorts;
  readonly load: Child<LoadCalls>;
  readonly bare: Child<BareCalls>;
}

/** Everything that a scenario needs, running: the product's processes, its services, receiver and generators. */
export interface Stage extends Props {
  readonly deployment: Deployment;
  readonly kafka: EmbeddedKafka;
  readonly postgres: EmbeddedPostgres;
  readonly sampler: Sampler;
  readonly broker: BrokerView;
  readonly writer: DirectWriter;
  /** When measuring began and ended; runs add theirs. */
  readonly measured: Window[];
}

/** Undoes in the opposite order what was done, whatever fails. */
export class Closing {
  readonly #steps: (() => Promise<unknown>)[] = [];
  #closed: Promise<void> | undefined;

  add(step: () => Promise<unknown>): void {
    this.#steps.push(step);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    for (const step of this.#steps.toReversed()) await step().catch(() => undefined);
  }
}

export async function startProps(closing: Closing): Promise<Props> {
  const start = async <H extends { readonly [K in keyof H]: (...args: never[]) => unknown }>(script: string) => {
    const child = await startChild<H>(script);
    closing.add(() => child.stop());
    return child;
  };
  const receiver = await start<ReceiverCalls>('receiver/main.ts');
  const load = await start<LoadCalls>('load/main.ts');
  const bare = await start<BareCalls>('bare/main.ts');
  return { receiver, load, bare, ports: await receiver.ask.listen() };
}

export async function startStage(props: Props, closing: Closing, options: StageOptions): Promise<Stage> {
  const parent = join(repositoryRoot, '.signpost', 'bench');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'run-'));
  closing.add(async () => rmSync(folder, { recursive: true, force: true }));
  options.tell('starting Kafka and PostgreSQL');
  const [kafka, postgres] = await Promise.all([
    startKafka({
      dataFolder: join(folder, 'kafka'),
      heapMb: KAFKA_HEAP_MB,
      serverCompiler: true,
      onProgress: options.tell,
    }),
    startPostgres({ dataFolder: join(folder, 'postgres'), onProgress: options.tell }),
  ]);
  closing.add(() => kafka.stop());
  closing.add(() => postgres.stop());
  await createSourceTopic(kafka.brokers);
  options.tell(`starting ${ALL_ROLES.join(', ')}`);
  const deployment = await Deployment.start({
    kafkaBrokers: kafka.brokers,
    databaseUrl: postgres.url,
    folder,
    topicPrefix: TOPIC_PREFIX,
    env: {
      KAFKA_PARTITIONS: String(PARTITIONS),
      INGEST_SOURCE_TOPICS: SOURCE_TOPIC,
      SIGNPOST_MASTER_KEY: MASTER_KEY,
      ...options.settings,
    },
    nodeArguments: (role) => [...options.nodeArguments, ...profiling(options.profileFolder, role)],
  });
  closing.add(() => deployment.stop());
  const sampler = new Sampler([
    ...ALL_ROLES.map((role) => ({ name: role, pid: () => pidOf(deployment, role) })),
    { name: 'kafka', pid: () => kafka.pids[0] },
    { name: 'postgresql', pid: () => postgres.pid },
    { name: 'load generator', pid: () => props.load.pid },
    { name: 'receiver', pid: () => props.receiver.pid },
  ]);
  closing.add(async () => sampler.stop());
  const { broker, writer } = ownClients(kafka, closing);
  return { ...props, deployment, kafka, postgres, sampler, broker, writer, measured: [] };
}

function ownClients({ brokers }: EmbeddedKafka, closing: Closing) {
  const broker = new BrokerView(brokers, TOPIC_PREFIX);
  closing.add(() => broker.close());
  const writer = new DirectWriter({
    kafkaBrokers: brokers,
    topicPrefix: TOPIC_PREFIX,
    partitions: PARTITIONS,
    masterKey: MASTER_KEY,
  });
  closing.add(() => writer.close());
  return { broker, writer };
}

function pidOf(deployment: Deployment, role: (typeof ALL_ROLES)[number]): number | undefined {
  const process = deployment.process(role);
  return process.alive ? process.pid : undefined;
}

function profiling(folder: string | undefined, role: string): readonly string[] {
  return folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${role}.cpuprofile`];
}

async function createSourceTopic(brokers: readonly string[]): Promise<void> {
  const admin = new Kafka({ clientId: 'signpost-bench', brokers: [...brokers], logLevel: logLevel.ERROR }).admin();
  await admin.connect();
  try {
    await admin.createTopics({ topics: [{ topic: SOURCE_TOPIC, numPartitions: PARTITIONS }], waitForLeaders: true });
  } finally {
    await admin.disconnect();
  }
}
