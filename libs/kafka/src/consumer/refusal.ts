/** What Kafka answers when somebody has to change a setting, an authorisation or another member of the group. */
const REFUSALS: ReadonlySet<string> = new Set([
  'INCONSISTENT_GROUP_PROTOCOL',
  'INVALID_GROUP_ID',
  'INVALID_SESSION_TIMEOUT',
  'INVALID_TOPIC_EXCEPTION',
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'UNSUPPORTED_VERSION',
]);
const UNSUPPORTED: ReadonlySet<string> = new Set(['KafkaJSNotImplemented', 'KafkaJSServerDoesNotSupportApiKey']);

/**
 * Whether trying again is of no use. What kafkajs itself calls final says little: it counts a coordinator that was not
 * found in time as final, and every login that was cut off as refused.
 */
export function isRefusal(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (UNSUPPORTED.has(cause.name)) return true;
    if ('type' in cause && typeof cause.type === 'string' && REFUSALS.has(cause.type)) return true;
  }
  return false;
}
