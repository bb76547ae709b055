import { fillLog, type FilledLog } from '../log/filled-log.js';
import { questionsFor } from '../log/questions.js';
import { figuresOf, plansOf, slowestFirst, timeQuestion, TIMES, type TimedQuestion } from '../log/timed-questions.js';
import { TracedReader } from '../log/traced-reader.js';
import type { Bench, Scenario } from './scenario.js';
import { countedApart, type Summary } from './summary.js';

export const LOG_LISTS = 'log-lists';
export const IN_LOG = 'attempts in the log';
export const SLOWEST_P99 = 'p99 of the slowest list, ms';
const ASKED = 'questions asked';
const STATS_P99 = 'p99 of the stats of the busy endpoint, ms';

/** Plans are told of as many of the slowest, and of these. */
const SLOWEST = 6;
const ALWAYS = /^attempts of the busy endpoint, (?:all|fail|a rare type|rare status class 400|a rare channel), newest$/;

/** Every list of the delivery log with every filter, on a log of very many attempts. */
export const logLists: Scenario = {
  name: LOG_LISTS,
  about: 'every list of the delivery log with every filter, on a log of very many attempts (--log-attempts)',
  long: true,
  rounds: () => 1,
  prepare: async (bench) => [{ name: LOG_LISTS, run: () => run(bench) }],
};

let filled: FilledLog | undefined;

/** Filled once a run. */
export async function filledLog({ stage, flags, tell }: Bench): Promise<FilledLog> {
  filled ??= await fillLog(stage.postgres.url, flags.logAttempts, tell);
  return filled;
}

async function run(bench: Bench): Promise<Summary> {
  const log = await filledLog(bench);
  const { stage, flags, tell } = bench;
  const reader = new TracedReader(stage.postgres.url);
  stage.sampler.beginPeaks();
  const measured: TimedQuestion[] = [];
  try {
    for (const { name, ask } of questionsFor(log)) {
      tell(name);
      measured.push(await timeQuestion(reader, name, ask));
    }
  } finally {
    await reader.close();
  }
  const lists = measured.filter(({ name }) => !name.startsWith('stats'));
  const slowest = slowestFirst(measured);
  const toTell = slowest.filter(({ name }, at) => at < SLOWEST || ALWAYS.test(name));
  return countedApart(stage.sampler.peaks(), {
    figures: {
      [IN_LOG]: flags.logAttempts,
      [ASKED]: measured.length * TIMES,
      [SLOWEST_P99]: Math.max(...lists.map(({ p99 }) => p99)),
      [STATS_P99]: measured.find(({ name }) => name.startsWith('stats of the busy'))?.p99 ?? Number.NaN,
      'attempts/s that were written to fill it': log.rowsPerSecond,
      ...figuresOf(slowest),
    },
    notes: plansOf(toTell),
  });
}
