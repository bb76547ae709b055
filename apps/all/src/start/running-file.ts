import type { RoleName } from '@signpost/runtime';
import type { Home } from './home.js';

const FILE = 'running.json';

export interface ProcessEntry {
  readonly role: RoleName;
  readonly pid: number;
  readonly metricsUrl: string;
}

/** For scripts, while a start runs. Holds the API key: only its owner may read it. */
export interface RunningFacts {
  /** Of `npm start` itself. */
  readonly pid: number;
  /** The origin; the API lies under /api/v1. */
  readonly apiUrl: string;
  readonly apiKey: string;
  /** Comma list, as KAFKA_BROKERS takes it. */
  readonly kafkaBrokers: string;
  readonly databaseUrl: string;
  readonly processes: readonly ProcessEntry[];
}

export const writeRunningFile = (home: Home, facts: RunningFacts): void => home.write(FILE, facts);
export const removeRunningFile = (home: Home): void => home.remove(FILE);
