import { UsageError } from '../errors.js';
import { optionName } from './command.js';

const WINDOWS = [
  ['since', 'until'],
  ['acceptedSince', 'acceptedUntil'],
] as const;

/**
 * Of a time that ends before it begins every command would find nothing, and an audit that all is well.
 * @throws UsageError
 */
export function refuseReversed(given: Readonly<Record<string, unknown>>): void {
  for (const [from, to] of WINDOWS) {
    const [since, until] = [given[from], given[to]];
    if (!(since instanceof Date && until instanceof Date) || since < until) continue;
    throw new UsageError(
      `--${optionName(to)} (${until.toISOString()}) does not lie after --${optionName(from)} (${since.toISOString()})`,
      'Correct the one that is wrong; 2h means two hours ago, so that --since 2h --until 1h is an hour.',
    );
  }
}
