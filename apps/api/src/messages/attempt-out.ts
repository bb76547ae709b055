import type { MessageAttemptOut } from '@signpost/contracts';
import { sentHeaders } from '@signpost/domain';
import type { LoggedAttempt } from '@signpost/ports';

/** As the peer's server answers where content was not asked for. */
const NO_CONTENT = '{}';
/** Failures before anything was sent. */
const UNSENT = /^(?:breaker-open|secret-unreadable|blocked-address:|oauth2:|transformation:)/;

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
    response: withContent ? (attempt.responseBody ?? '') : NO_CONTENT,
    triggerType: attempt.trigger === 'manual' ? 1 : 0,
    attempt: attempt.attempt,
    repeated: attempt.repeated,
    ...(attempt.reason === undefined ? {} : { reason: attempt.reason }),
    ...(attempt.nextAttemptAt === undefined ? {} : { nextAttempt: attempt.nextAttemptAt.toISOString() }),
    ...(attempt.transformation === undefined ? {} : { transformationVersion: attempt.transformation }),
    ...(withContent ? headersOut(attempt) : {}),
    timing: attempt.timing,
  };
}

function headersOut(attempt: LoggedAttempt): Pick<MessageAttemptOut, 'requestHeaders' | 'responseHeaders'> {
  const { requestHeaders, responseHeaders, messageId, at, reason } = attempt;
  return {
    ...(reason !== undefined && UNSENT.test(reason)
      ? {}
      : { requestHeaders: sentHeaders(requestHeaders, messageId, at) }),
    ...(responseHeaders === undefined ? {} : { responseHeaders }),
  };
}
