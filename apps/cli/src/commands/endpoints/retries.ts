import { RETRY_PRESETS, type RetryPreset } from '@signpost/domain';
import type { OptionSpecification } from '../../specification/command.js';
import { invalid, parseDuration, parseList, writtenDuration } from '../../specification/values.js';

/** The fields of an endpoint that say when a failed attempt is followed by another. */
export type Retries = { readonly retryPreset: RetryPreset } | { readonly retrySchedule: readonly number[] };

const NONE = 'none';
const SECOND_MS = 1_000;
const PRESETS = Object.keys(RETRY_PRESETS) as readonly RetryPreset[];

/** "fast", "none", or the waits: "5s,1m,2h". @throws InvalidValueError */
export function parseRetries(text: string): Retries {
  if (text === NONE) return { retrySchedule: [] };
  const retryPreset = PRESETS.find((name) => name === text);
  return retryPreset === undefined ? { retrySchedule: parseList(text).map(secondsOf) } : { retryPreset };
}

function secondsOf(text: string): number {
  try {
    const ms = parseDuration(text);
    if (ms >= SECOND_MS) return ms / SECOND_MS;
  } catch {
    // Said below, with all that may stand here.
  }
  throw invalid(`must be waits of at least 1s such as 5s,1m,2h, one of ${PRESETS.join(', ')}, or ${NONE}`);
}

export const retries: OptionSpecification<Retries | undefined> = {
  placeholder: 'waits',
  description:
    `How long to wait after each failed attempt, as 5s,1m,2h; ${PRESETS.join(', ')}: a ready schedule; ${NONE}: one attempt. ` +
    'After the last it is a dead letter.',
  parse: parseRetries,
};

export const shownRetries = (seconds: readonly number[]): string =>
  seconds.length === 0 ? NONE : seconds.map((wait) => writtenDuration(wait * SECOND_MS)).join(', ');
