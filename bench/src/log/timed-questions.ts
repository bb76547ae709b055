import type { DeliveryLogReader } from '@signpost/ports';
import type { Note } from '../scenarios/summary.js';
import type { TracedReader } from './traced-reader.js';

/** How often a question is timed. */
export const TIMES = 40;
/** The first times read the catalogue and the pages that the filling left on disc. */
const WARM_UP = 5;

/** Milliseconds of a question, and how the database went about it. */
export interface TimedQuestion {
  readonly name: string;
  readonly p50: number;
  readonly p99: number;
  readonly plan: string;
}

/** Asks it many times over, one after the other. */
export async function timeQuestion(
  reader: TracedReader,
  name: string,
  ask: (log: DeliveryLogReader, time: number) => Promise<unknown>,
): Promise<TimedQuestion> {
  const times: number[] = [];
  for (let at = 0; at < TIMES + WARM_UP; at += 1) times.push(await reader.time((log) => ask(log, at)));
  const sorted = times.slice(WARM_UP).toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN;
  return { name, p50: at(0.5), p99: at(0.99), plan: await reader.plans() };
}

export const figuresOf = (questions: readonly TimedQuestion[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    questions.flatMap(({ name, p50, p99 }) => [
      [`${name}: p50, ms`, p50],
      [`${name}: p99, ms`, p99],
    ]),
  );

export const plansOf = (questions: readonly TimedQuestion[]): readonly Note[] =>
  questions.map(({ name, p50, p99, plan }) => ({
    title: `${name} (p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms)`,
    text: plan,
  }));

export const slowestFirst = (questions: readonly TimedQuestion[]): readonly TimedQuestion[] =>
  questions.toSorted((a, b) => b.p99 - a.p99);
