import { firstResult, type Endpoint } from '@signpost/domain';
import type { Metrics, STAGES } from '@signpost/observability';
import type { Attempted, AttemptOutcome } from '../attempt.js';
import type { QueuedDelivery } from '../queued-delivery.js';
import { isFirstTry } from './first-try.js';
import type { OfLate } from './of-late.js';

type Stage = (typeof STAGES)[number];

const STAGE = {
  match: { stage: 'match' },
  queue: { stage: 'queue' },
  wait: { stage: 'wait' },
  lookup: { stage: 'lookup' },
  connect: { stage: 'connect' },
  tls: { stage: 'tls' },
  'first-byte': { stage: 'first-byte' },
} as const satisfies Record<Exclude<Stage, 'intake'>, { readonly stage: Stage }>;

/** Nobody was asked, and nothing was begun to ask somebody. */
const NOT_BEGUN: ReadonlySet<AttemptOutcome> = new Set(['breaker-open', 'unsigned']);
/** What came before there was a request is not the receiver's. */
const NO_REQUEST: ReadonlySet<AttemptOutcome> = new Set([...NOT_BEGUN, 'transformation', 'no-token']);

/** What the metrics say of attempts. On the way of each of them: it makes nothing that it need not make. */
export class AttemptFigures {
  constructor(
    private readonly metrics: Metrics,
    private readonly ofLate: OfLate,
  ) {}

  /** `traceId`: of the trace that tells of the attempt, if one does. */
  made(entry: QueuedDelivery, endpoint: Endpoint, attempted: Attempted, traceId?: string): void {
    const { attempts, attemptDuration } = this.metrics.of;
    const { outcome, verdict, timing } = attempted;
    const delivered = verdict.kind === 'delivered';
    attempts.inc({ outcome });
    if (outcome !== 'breaker-open' && outcome !== 'transformation') {
      attemptDuration.observeTraced(timing.totalMs / 1_000, traceId, { outcome: delivered ? 'delivered' : 'failed' });
    }
    this.ofLate.attempted(endpoint, attempted);
    if (!NOT_BEGUN.has(outcome)) this.wayHere(entry, attempted, traceId);
    if (!NO_REQUEST.has(outcome)) this.request(attempted, traceId);
    // What was asked for again says nothing of how long deliveries take.
    if (entry.delivery.redelivery === undefined) this.latency(entry, attempted, delivered, traceId);
  }

  private latency(entry: QueuedDelivery, { endedAtMs }: Attempted, delivered: boolean, traceId?: string): void {
    const { acceptedAtMs, attempt } = entry.delivery;
    const { deliveryLatency, firstAttempts } = this.metrics.of;
    if (delivered) {
      const attempts = attempt === 1 ? 'first' : 'later';
      deliveryLatency.observeTraced(sinceInSeconds(acceptedAtMs, endedAtMs), traceId, { attempt: attempts });
    }
    if (!isFirstTry(entry.delivery)) return;
    const result = firstResult(delivered, acceptedAtMs, endedAtMs);
    // Of what an open breaker refuses nobody looked.
    firstAttempts.inc({ endpoint: entry.endpointBefore ?? 'unwell', result });
  }

  /** Where the time went until the attempt began, its transformation's included in it. */
  private wayHere(
    { delivery, origin, order, released }: QueuedDelivery,
    { startedAtMs, preparedMs = 0 }: Attempted,
    traceId?: string,
  ): void {
    const { stageDuration } = this.metrics.of;
    const beganAtMs = startedAtMs - preparedMs;
    const { acceptedAtMs, attempt, redelivery, failures } = delivery;
    // What lay in `parked`, or was asked for again, waited for something else.
    if (released) return;
    if (failures !== undefined) {
      stageDuration.observeTraced(sinceInSeconds(failures.lastAtMs, beganAtMs), traceId, STAGE.wait);
      return;
    }
    if (attempt > 1 || redelivery !== undefined || order !== 'fresh' || origin.timestampMs === undefined) return;
    stageDuration.observeTraced(sinceInSeconds(acceptedAtMs, origin.timestampMs), traceId, STAGE.match);
    stageDuration.observeTraced(sinceInSeconds(origin.timestampMs, beganAtMs), traceId, STAGE.queue);
  }

  private request({ timing: { lookupMs, connectMs, tlsMs, firstByteMs } }: Attempted, traceId?: string): void {
    const { stageDuration } = this.metrics.of;
    if (lookupMs !== undefined) stageDuration.observeTraced(lookupMs / 1_000, traceId, STAGE.lookup);
    if (connectMs !== undefined) stageDuration.observeTraced(connectMs / 1_000, traceId, STAGE.connect);
    if (tlsMs !== undefined) stageDuration.observeTraced(tlsMs / 1_000, traceId, STAGE.tls);
    if (firstByteMs !== undefined) stageDuration.observeTraced(firstByteMs / 1_000, traceId, STAGE['first-byte']);
  }
}

/** The clocks of two machines differ: what was before its beginning took no time. */
function sinceInSeconds(fromMs: number, toMs: number): number {
  return Math.max(0, toMs - fromMs) / 1_000;
}
