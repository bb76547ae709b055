import type { DeadLetterReason } from '../delivery/decision.js';
import type { DeliveryRule } from './explain-delivery.js';
import type { NotMatchedRule } from './explain-match.js';

const MOST_NAMED = 10;
const iso = (atMs: number): string => new Date(atMs).toISOString();
const until = (atMs: number | undefined): string => (atMs === undefined ? '' : ` until ${iso(atMs)}`);

/** What a message says of itself, as far as rules speak of it. */
export interface RuleSubject {
  readonly eventType: string;
  readonly channels?: readonly string[];
}

/** Why an endpoint did not get a message: one sentence or two, for people. */
export function notMatchedText(rule: NotMatchedRule, message: RuleSubject): string {
  switch (rule.kind) {
    case 'event-type':
      return `It did not ask for the event type ${message.eventType}: it asked for ${listed(rule.asked)}.`;
    case 'channel': {
      const { channels = [] } = message;
      const had = channels.length === 0 ? 'none' : listed(channels);
      return `It asked for messages of the channels ${listed(rule.asked)}; this one has ${had}.`;
    }
    case 'repeat':
      return 'It repeats an event that came shortly before, by its event id or Idempotency-Key: that message was sent, and this one is to nobody.';
    case 'filter':
      if (rule.clause === undefined) {
        return 'It filters by content, and what the message held is not kept any more: which of its filters decided cannot be said.';
      }
      return `The message does not fit its filters: ${rule.clause}.`;
    case 'only-endpoint':
      return `The message was for ${rule.endpointId} alone: an example that its owner asked for.`;
    case 'created-later':
      return `It was created at ${iso(rule.createdAtMs)}, after the message was accepted or less than a second before.`;
    case 'deleted':
      return `It was deleted at ${iso(rule.deletedAtMs)}, before the message was matched.`;
    case 'changed-since':
      return `It was changed at ${iso(rule.changedAtMs)}, and what it asked for when the message was matched is not kept.`;
    case 'unknown':
      return 'It was not matched, and nothing that is kept says why.';
  }
}

export const UNDECIDED_TEXT = 'The message is not matched yet, as far as the delivery log knows.';

/** What decided how a delivery stands: one sentence or two, for people. */
export function deliveryText(rule: DeliveryRule): string {
  switch (rule.kind) {
    case 'delivered':
      return `The receiver accepted attempt ${String(rule.attempt)}${rule.status === undefined ? '' : ` with ${String(rule.status)}`}.${madeBy(rule.transformation)}`;
    case 'dead':
      return deadText(rule.reason, rule.attempts, rule.lastFailure);
    case 'expired':
      return "Its event type's time to live was over before it could be delivered.";
    case 'superseded':
      return 'A newer one took its place: the latest of its conversation, or a redelivery of the same.';
    case 'declined':
      return "The endpoint's transformation declined it.";
    case 'cancelled':
      return 'Its endpoint was deleted before it arrived.';
    case 'deleted':
      return 'The endpoint is deleted: nobody is left to deliver to.';
    case 'on-its-way':
      return 'It is on its way to the receiver: nothing is known to hold it.';
    case 'waiting':
      return `Attempt ${String(rule.attempt)} failed${because(rule.lastFailure)}; it waits in a retry tier${until(rule.untilMs)}.`;
    case 'breaker-open':
      return "The endpoint's circuit breaker is open after many failures in a row: what falls due counts as failed, without a request.";
    case 'throttled':
      return `The receiver asked for silence (Retry-After, or 429)${until(rule.untilMs)}: it waits, and no attempt is spent.`;
    case 'disabled':
    case 'paused':
      return switchedOffText(rule.kind, rule.by);
    case 'no-permission':
      return `The receiver has not agreed to be called (${rule.state}): it waits, and no attempt is spent.`;
    case 'lane-full':
      return 'The endpoint is slower than what comes for it: it waits until its lane has room, and no attempt is spent.';
    case 'behind-head':
      return 'It waits behind an earlier delivery of its conversation, which has not ended.';
    case 'parked':
      return 'It is parked until its lane asks for it. Why was not recorded.';
  }
}

function switchedOffText(kind: 'disabled' | 'paused', by: string | undefined): string {
  if (by !== undefined) return `The endpoint is ${kind} (by ${by}): it waits, and no attempt is spent.`;
  return `The endpoint was ${kind} when its turn came, and is not any more: what waits is being handed back.`;
}

function deadText(reason: DeadLetterReason | undefined, attempts: number, lastFailure: string | undefined): string {
  switch (reason) {
    case 'attempts-exhausted':
      return `All ${String(attempts)} attempts of its schedule failed${because(lastFailure, 'the last of them: ')}.`;
    case 'gone':
      return 'The receiver answered 410 (gone), which ends the delivery and disables the endpoint.';
    case 'blocked-address':
      return `Its URL leads to an address that may not be called${because(lastFailure)}.`;
    case 'parked-too-long':
      return 'It was parked for so long that it would have been lost: nobody enabled or resumed its endpoint in time.';
    case 'unreadable':
      return 'Its record could not be read.';
    case undefined:
      return `It is a dead letter${because(lastFailure)}. Why was not recorded.`;
  }
}

const madeBy = (version: number | undefined): string =>
  version === undefined ? '' : ` Version ${String(version)} of the endpoint's transformation made its request.`;

const because = (reason: string | undefined, before = ''): string =>
  reason === undefined ? '' : ` (${before}${reason})`;

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, MOST_NAMED).join(', ');
  return names.length <= MOST_NAMED ? shown : `${shown} and ${String(names.length - MOST_NAMED)} more`;
}
