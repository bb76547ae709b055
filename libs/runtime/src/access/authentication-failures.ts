import { FailureLimit } from '@signpost/domain';
import type { Metrics } from '@signpost/observability';
import type { RuntimeConfig } from '../config.js';

const MOST_ADDRESSES = 10_000;

/** Counts wrong keys by client address, within this process. */
export class AuthenticationFailures {
  private readonly limit: FailureLimit;

  constructor(
    { authFailuresPerMinute }: Pick<RuntimeConfig, 'authFailuresPerMinute'>,
    private readonly metrics: Metrics,
  ) {
    this.limit = new FailureLimit({
      burst: authFailuresPerMinute,
      everyMs: 60_000 / authFailuresPerMinute,
      mostAddresses: MOST_ADDRESSES,
    });
  }

  /** Milliseconds that this address has to wait before it is told again that its key is wrong; 0: it is told now. */
  note(address: string): number {
    const waitMs = this.limit.failed(address, Date.now());
    this.metrics.of.authenticationFailures.inc({ answer: waitMs > 0 ? 'limited' : 'refused' });
    return waitMs;
  }
}
