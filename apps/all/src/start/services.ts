import { connect } from 'node:net';
import {
  endLeftover,
  ensureMemory,
  startKafka,
  startPostgres,
  type EmbeddedKafka,
  type EmbeddedPostgres,
} from '@signpost/testing/embedded';
import { StartError } from './errors.js';
import type { Home } from './home.js';
import { Keeper } from './keeper.js';
import type { Narrator } from './narrator.js';

const REACH_MS = 5_000;

export interface Service {
  /** Comma list of brokers, or the database's URL. */
  readonly address: string;
  readonly embedded: boolean;
}

export interface ServicesPlan {
  readonly home: Home;
  readonly narrator: Narrator;
  readonly env: NodeJS.ProcessEnv;
  /** Megabytes of memory that have to be free when one of them is started here. */
  readonly neededMb: number;
  readonly onLost: (error: StartError) => void;
}

/** Kafka and PostgreSQL: those that the environment names, else our own under the home folder. */
export class Services {
  readonly kafka: Promise<Service>;
  readonly postgres: Promise<Service>;
  private readonly home: Home;
  private readonly narrator: Narrator;
  readonly #keeper: Keeper;
  readonly #stops: Promise<(() => Promise<void>) | undefined>[] = [];

  /** Both start at the same time, at once. `onLost` hears of one that cannot be kept running. */
  constructor({ home, narrator, env, neededMb, onLost }: ServicesPlan) {
    this.home = home;
    this.narrator = narrator;
    const { KAFKA_BROKERS: brokers = '', DATABASE_URL: databaseUrl = '' } = env;
    if (brokers === '' || databaseUrl === '') ensureMemory(neededMb);
    this.#keeper = new Keeper(narrator, onLost);
    this.kafka = brokers === '' ? this.#ownKafka() : given(brokers, 'KAFKA_BROKERS', 'Kafka', brokerAddresses(brokers));
    this.postgres =
      databaseUrl === ''
        ? this.#ownPostgres()
        : given(databaseUrl, 'DATABASE_URL', 'PostgreSQL', databaseAddress(databaseUrl));
    // Who awaits one of them first must not make the other's failure an unhandled one.
    this.kafka.catch(() => undefined);
    this.postgres.catch(() => undefined);
  }

  /** Ends what an earlier start, killed before it could stop its services, left running on the data. */
  static async endLeftovers(home: Home): Promise<void> {
    await Promise.all([
      endLeftover(home.path('kafka', 'node-1', 'kafka.pid'), home.path('kafka'), 'SIGTERM'),
      endLeftover(home.path('postgres', 'postgres.pid'), home.path('postgres'), 'SIGINT'),
    ]);
  }

  /** Stops what was started here; waits for a start that is under way. */
  async stop(): Promise<void> {
    this.#keeper.stop();
    const stops = await Promise.all(this.#stops);
    await Promise.all(stops.map(async (stop) => stop?.()));
  }

  async #ownKafka(): Promise<Service> {
    const starting = this.home.port('kafka').then((port) =>
      startKafka({
        dataFolder: this.home.path('kafka'),
        ports: [port],
        onProgress: (sentence) => this.narrator.step(sentence),
      }),
    );
    const kafka = await this.#own('Kafka', starting, (service: EmbeddedKafka) => service.pids.length > 0);
    return { address: kafka.brokers.join(','), embedded: true };
  }

  async #ownPostgres(): Promise<Service> {
    const starting = this.home.port('postgres').then((port) =>
      startPostgres({
        dataFolder: this.home.path('postgres'),
        port,
        onProgress: (sentence) => this.narrator.step(sentence),
      }),
    );
    const postgres = await this.#own('PostgreSQL', starting, (service: EmbeddedPostgres) => service.pid !== undefined);
    return { address: postgres.url, embedded: true };
  }

  async #own<S extends EmbeddedKafka | EmbeddedPostgres>(
    name: string,
    starting: Promise<S>,
    isAlive: (service: S) => boolean,
  ): Promise<S> {
    this.#stops.push(
      starting.then(
        (service) => () => service.stop(),
        () => undefined,
      ),
    );
    const service = await starting;
    this.#keeper.keep(name, { isAlive: () => isAlive(service), restart: () => service.restart() });
    return service;
  }
}

async function given(
  address: string,
  variable: string,
  name: string,
  addresses: readonly (readonly [host: string, port: number])[],
): Promise<Service> {
  const reached = await Promise.all(addresses.map(([host, port]) => answers(host, port)));
  if (reached.includes(true)) return { address, embedded: false };
  const where = addresses.map(([host, port]) => `${host}:${String(port)}`).join(', ');
  throw new StartError(
    'service_lost',
    `no ${name} answers at ${where === '' ? 'the address' : where} that ${variable} names: start it, correct ${variable}, or unset it to have one started here`,
  );
}

function brokerAddresses(brokers: string): (readonly [string, number])[] {
  return brokers.split(',').flatMap((broker) => {
    const colon = broker.lastIndexOf(':');
    const port = Number(broker.slice(colon + 1));
    return Number.isInteger(port) ? [[broker.slice(0, colon).trim(), port] as const] : [];
  });
}

function databaseAddress(url: string): (readonly [string, number])[] {
  if (!URL.canParse(url)) return [];
  const { hostname, port } = new URL(url);
  return [[hostname, port === '' ? 5_432 : Number(port)]];
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: host.replace(/^\[|\]$/g, ''), port, timeout: REACH_MS });
    const settle = (reached: boolean): void => {
      socket.destroy();
      resolve(reached);
    };
    socket.once('connect', () => settle(true));
    socket.once('timeout', () => settle(false));
    socket.once('error', () => settle(false));
  });
}
