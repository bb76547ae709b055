import type { MessageAttemptOut } from '@signpost/contracts';
import type { LoggedAttempt } from '@signpost/ports';

export function attemptOut(attempt: LoggedAttempt, withContent: boolean): MessageAttemptOut {
  const isDelivered = attempt.outcome === 'delivered';
  return {
    id: attempt.id,
    msgId: attempt.messageId,
    endpointId: attempt.endpointId,
    url: attempt.url,
    timestamp: attempt.at.toISOString(),
    status: isDelivered ? 0 : 2,
    statusText: isDelivered ? 'success' : 'fail',
    responseStatusCode: attempt.status ?? 0,
    responseDurationMs: Math.round(attempt.timing.totalMs),
    response: withContent ? (attempt.responseBody ?? '') : '',
    triggerType: attempt.trigger === 'manual' ? 1 : 0,
    attempt: attempt.attempt,
    repeated: attempt.repeated,
    ...(attempt.reason === undefined ? {} : { reason: attempt.reason }),
    ...(attempt.nextAttemptAt === undefined ? {} : { nextAttempt: attempt.nextAttemptAt.toISOString() }),
    timing: attempt.timing,
  };
}
