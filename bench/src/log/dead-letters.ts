import type { AttemptFact, MessageRecord } from '@signpost/contracts';
import { deliveryIdOf, newId, type ApplicationId, type EndpointId } from '@signpost/domain';
import { PostgresDeliveryLogWriter } from '@signpost/postgres';
import pg from 'pg';
import { nowMicros } from '../measure/clock.js';
import { EVENT_TYPE, payloadTemplate, stampPayload } from '../wire/payload.js';

const BATCH = 2_000;
const WRITERS = 2;
const BODY_BYTES = 4_096;
const PAYLOAD_BYTES = 300;
/** Spread over that long before the first that is sent again. */
const SPREAD_MS = 12 * 3_600_000;
const REASONS = [
  { reason: 'http:503', status: 503, deadLetterReason: 'attempts-exhausted' },
  { reason: 'http:410', status: 410, deadLetterReason: 'gone' },
  { reason: 'timeout:first-byte', deadLetterReason: 'attempts-exhausted' },
] as const;

export interface DeadLettersToFill {
  readonly application: ApplicationId;
  /** They have the many dead letters in turn; the first has those that are sent again as well. */
  readonly endpoints: readonly EndpointId[];
  readonly count: number;
  /** Of them the newest, with their messages: these can be sent again. */
  readonly whole: number;
  readonly run: number;
}

/** Writes them as the recorder does. Returns when the first of those was accepted that can be sent again. */
export async function fillDeadLetters(
  url: string,
  plan: DeadLettersToFill,
  tell: (text: string) => void,
): Promise<number> {
  const pool = new pg.Pool({ connectionString: url, max: WRITERS });
  const writer = new PostgresDeliveryLogWriter(pool, BODY_BYTES);
  const wholeFromMs = Date.now() - 60_000 - plan.whole;
  let next = 0;
  const work = async () => {
    while (next < plan.count) {
      const from = next;
      next = Math.min(plan.count, from + BATCH);
      const of = Array.from({ length: next - from }, (_, at) => deadLetter(plan, from + at, wholeFromMs));
      await writer.write(
        of.flatMap(({ message, isWhole }) => (isWhole ? [message] : [])),
        of.map(({ fact }) => fact),
      );
      tell(`filling: ${next.toLocaleString('en-GB')} of ${plan.count.toLocaleString('en-GB')} dead letters`);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, work));
  tell('the log is analysed, as autovacuum would');
  await pool.query('VACUUM (ANALYZE) messages, deliveries, attempts');
  await pool.end();
  return wholeFromMs;
}

function deadLetter({ application, endpoints, count, whole, run }: DeadLettersToFill, at: number, wholeFromMs: number) {
  const before = count - whole;
  const isWhole = at >= before;
  const acceptedAtMs = isWhole
    ? wholeFromMs + at - before
    : wholeFromMs - SPREAD_MS + Math.floor((SPREAD_MS * at) / Math.max(1, before)) - 1;
  const endpointId = (isWhole ? endpoints[0] : endpoints[at % endpoints.length]) ?? newId('ep', 0);
  const payload = isWhole ? stamped(run, at - before) : NOTHING;
  const message: MessageRecord = {
    id: newId('msg', acceptedAtMs),
    applicationId: application,
    eventType: EVENT_TYPE,
    acceptedAtMs,
    payload,
  };
  const died = REASONS[at % REASONS.length] ?? REASONS[0];
  const fact: AttemptFact = {
    kind: 'attempt',
    deliveryId: deliveryIdOf(message.id, endpointId),
    messageId: message.id,
    applicationId: application,
    endpointId,
    eventType: EVENT_TYPE,
    atMs: acceptedAtMs + 5,
    attemptId: newId('atmpt', acceptedAtMs + 5),
    attempt: 1,
    url: 'https://customer.example/webhooks',
    outcome: 'failed',
    timing: { totalMs: 12.5 },
    trigger: 'scheduled',
    fate: 'dead-lettered',
    ...died,
  };
  return { message, fact, isWhole };
}

const NOTHING = Buffer.alloc(0);

function stamped(run: number, sequence: number): Buffer {
  const payload = payloadTemplate(PAYLOAD_BYTES);
  stampPayload(payload, 0, { atMicros: nowMicros(), run, sequence });
  return payload;
}
