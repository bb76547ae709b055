import TestSequencer from '@jest/test-sequencer';

/** Measured; a file more or less does no harm. */
const SLOWEST = [
  'integration/account/planted-losses',
  'integration/embedded/kafka',
  'integration/api/tenancy',
  'integration/dispatcher/pace',
  'faults/recover',
  'faults/failing-endpoint',
  'faults/kill-any-process',
  'faults/account',
  'faults/sweep',
  'faults/ordering',
  'faults/broker-stalled',
  'faults/graceful-stop',
  'faults/repeats',
];

/**
 * On a fresh clone Jest knows no file's time and goes by size, so that a minute's test may begin when all others are over. These
 * begin first.
 */
export default class SlowestFirst extends TestSequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const at = SLOWEST.findIndex((part) => path.includes(`/test/${part}`));
      return at === -1 ? SLOWEST.length : at;
    };
    return super.sort(tests).sort((a, b) => rank(a) - rank(b));
  }
}
