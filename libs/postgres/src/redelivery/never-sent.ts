/**
 * Of a row of `redeliveries`: nobody knows of a hand-over. Its recovery took it back, or whoever asked for it has said nothing
 * since for longer than a hand-over takes: they died, or Kafka was away.
 */
export const NEVER_SENT = `coalesce (result = 'withdrawn' OR (result = 'asked' AND asked_at < now() - interval '1 minute'), false)`;
