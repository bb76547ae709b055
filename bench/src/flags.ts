import { parseArgs } from 'node:util';
import { FAULT_NAMES, type FaultName } from './scenarios/faults.js';

export interface Flags {
  readonly help: boolean;
  readonly quick: boolean;
  readonly profile: boolean;
  /** Empty: all of them. */
  readonly scenarios: readonly string[];
  readonly rounds: number;
  /** Measured in each run; a quarter as much, at least two, goes before to warm up. */
  readonly seconds: number;
  readonly warmSeconds: number;
  /** Ends up in the file's name. */
  readonly name: string;
  readonly out: string | undefined;
  /** For each role's Node, to compare settings. */
  readonly nodeArguments: readonly string[];
  /** Environment of the roles beyond the usual, to compare settings. */
  readonly settings: Readonly<Record<string, string>>;
  readonly faults: readonly FaultName[];
  /** Events a second in the scenarios of the slow tenth. */
  readonly faultRates: readonly number[];
  /** Runs without and with each fault. */
  readonly pairs: number;
  readonly faultSeconds: number;
  readonly longFaultSeconds: number;
  /** Endpoints that are known, and of them those that have traffic; whole tens of both are made. */
  readonly known: number;
  readonly active: number;
  /** Deliveries that the dispatcher finds waiting. */
  readonly backlog: number;
  /** Deliveries for the endpoint that is switched off. */
  readonly flood: number;
  /** Attempts that the delivery log holds before it is measured. */
  readonly logAttempts: number;
  /** Dead letters that a re-drive is planned over, and the most a second that it may hand over. */
  readonly deadLetters: number;
  readonly redriveRate: number;
}

export class FlagError extends Error {}

export const HELP = `Usage: npm run bench -- [flags]

Drives the real processes, each a process of its own, on a Kafka and a PostgreSQL of their own, beside a bare loop that
signs and POSTs the same bytes to the same receiver. Results go to bench/results.

  --scenario a,b       some scenarios only (see below); all without it
  --seconds n          measured in each run (default 20; slow-tenth 60, slow-tenth-long 300)
  --rounds n           rounds, in which all scenarios take turns; medians are told (default 3)
  --quick              CI's short form: one round of a few seconds, small numbers, no long scenario but by its name
  --name text          part of the results' file name (default: full, quick or the scenarios)
  --out folder         takes the results instead of bench/results
  --profile            takes a processor profile of each role (best with a single scenario)
  --node-arguments a,b given to each role's Node, to compare settings
  --set A=1,B=2        environment of every role, to compare settings
  --fault a,b          slow-tenth: what the tenth endpoint does (default all): ${FAULT_NAMES.join(', ')}
  --fault-rate a,b     slow-tenth, slow-tenth-long: events a second, each to all ten (default 100,500,1000)
  --pairs n            slow-tenth: runs without and with each fault (default 3)
  --known n            many-endpoints: endpoints known (default 100,000, without the comma)
  --active n           many-endpoints: of them, those with traffic (default 1,000)
  --backlog n          backlog: deliveries that wait (default 2,000,000)
  --flood n            flood: deliveries for the endpoint that is switched off (default 1,000,000)
  --log-attempts n     log-lists, explain, recorder-alone: attempts in the log before (default 10,000,000)
  --dead-letters n     redrive: dead letters that it is planned over (default 1,000,000)
  --redrive-rate n     redrive: its cap, a second (default 500)
  --help               this

Scenarios:
`;

/** @throws FlagError saying which flag is wrong and what it takes */
export function readFlags(args: readonly string[]): Flags {
  const values = parse(args);
  const quick = values.quick ?? false;
  const seconds = whole('--seconds', values.seconds ?? (quick ? '5' : '20'));
  const scenarios = listOf(values.scenario ?? '');
  return {
    help: values.help ?? false,
    quick,
    profile: values.profile ?? false,
    scenarios,
    rounds: whole('--rounds', values.rounds ?? (quick ? '1' : '3')),
    seconds,
    warmSeconds: Math.max(2, Math.round(seconds / 4)),
    name: fileName(values.name ?? (scenarios.length > 0 ? scenarios.join('-') : quick ? 'quick' : 'full')),
    out: values.out,
    nodeArguments: listOf(values['node-arguments'] ?? ''),
    settings: Object.fromEntries(listOf(values.set ?? '').map(setting)),
    ...sizes(values, quick),
  };
}

function sizes(values: ReturnType<typeof parse>, quick: boolean) {
  type Size = 'pairs' | 'known' | 'active' | 'backlog' | 'flood' | 'log-attempts' | 'dead-letters' | 'redrive-rate';
  const of = (flag: Size, full: string, short: string) => whole(`--${flag}`, values[flag] ?? (quick ? short : full));
  const seconds = (full: string) => whole('--seconds', values.seconds ?? (quick ? '5' : full));
  return {
    faults: listOf(values.fault ?? (quick ? 'slow' : FAULT_NAMES.join(','))).map(faultNamed),
    faultRates: listOf(values['fault-rate'] ?? (quick ? '50' : '100,500,1000')).map((rate) =>
      whole('--fault-rate', rate),
    ),
    pairs: of('pairs', '3', '1'),
    faultSeconds: seconds('60'),
    longFaultSeconds: seconds('300'),
    known: of('known', '100000', '2000'),
    active: of('active', '1000', '100'),
    backlog: of('backlog', '2000000', '20000'),
    flood: of('flood', '1000000', '20000'),
    logAttempts: of('log-attempts', '10000000', '20000'),
    deadLetters: of('dead-letters', '1000000', '5000'),
    redriveRate: of('redrive-rate', '500', '200'),
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean' },
        quick: { type: 'boolean' },
        profile: { type: 'boolean' },
        scenario: { type: 'string' },
        seconds: { type: 'string' },
        rounds: { type: 'string' },
        name: { type: 'string' },
        out: { type: 'string' },
        'node-arguments': { type: 'string' },
        set: { type: 'string' },
        fault: { type: 'string' },
        'fault-rate': { type: 'string' },
        pairs: { type: 'string' },
        known: { type: 'string' },
        active: { type: 'string' },
        backlog: { type: 'string' },
        flood: { type: 'string' },
        'log-attempts': { type: 'string' },
        'dead-letters': { type: 'string' },
        'redrive-rate': { type: 'string' },
      },
    });
    return values;
  } catch (error) {
    throw new FlagError(`${error instanceof Error ? error.message : String(error)}; --help lists the flags`);
  }
}

function whole(flag: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new FlagError(`${flag} takes a whole number above 0, not '${text}'`);
}

function setting(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new FlagError(`--set takes NAME=value, not '${text}'`);
}

function faultNamed(text: string): FaultName {
  const found = FAULT_NAMES.find((name) => name === text);
  if (found !== undefined) return found;
  throw new FlagError(`--fault knows no '${text}'; it takes ${FAULT_NAMES.join(', ')}`);
}

function fileName(text: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,80}$/.test(text)) return text;
  throw new FlagError(`--name takes up to 80 small letters, digits and hyphens, not '${text}'`);
}

function listOf(text: string): readonly string[] {
  return text.split(',').filter((item) => item !== '');
}
