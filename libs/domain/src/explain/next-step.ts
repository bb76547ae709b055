import type { EndpointHealth } from '../lanes/endpoint-health.js';
import { isTransformationFault } from '../transformation/transformation.js';
import { probeOf, type DeliveryRule, type EndpointNow } from './explain-delivery.js';
import type { NotMatchedRule } from './explain-match.js';

/** What happens next: by itself at a time, by itself when something else has happened, by somebody's hand, or nothing. */
export type NextStepKind =
  'match' | 'attempt' | 'probe' | 'release' | 'enable' | 'resume' | 'permit' | 'cancel' | 'nothing';
export const NEXT_STEPS = [
  'match',
  'attempt',
  'probe',
  'release',
  'enable',
  'resume',
  'permit',
  'cancel',
  'nothing',
] as const satisfies readonly NextStepKind[];

export interface NextStep {
  readonly what: NextStepKind;
  /** Milliseconds since 1970; absent where it depends on something other than time. */
  readonly atMs?: number;
  readonly why: string;
}

const RESEND = 'To have it sent again, resend the message to the endpoint.';
const REDRIVE = 'Final by itself. Mend the cause and re-drive it, or resend the message to the endpoint.';
const REDRIVE_MENDED =
  'Final by itself. Mend the code of the transformation, try it on this message, and re-drive it: what is asked for again is made anew.';
const TOO_LONG = 'What is parked for too long, 13 days unless set otherwise, is dead-lettered (parked-too-long).';
const MEND =
  'Due then by the retry schedule, with the version of the transformation that is in force then: mend its code. What went wrong stands in the attempt.';
const HANDED_BACK = 'What waits is handed back, oldest first, as fast as the endpoint takes it.';

export const UNDECIDED_STEP: NextStep = {
  what: 'match',
  why: 'The matcher reads it next. If this stays so, look at the lag of the consumer group matcher.',
};

export function stepAfterMismatch({ kind }: NotMatchedRule): NextStep {
  switch (kind) {
    case 'event-type':
    case 'channel':
    case 'filter':
      return nothing(`Final: a change of the endpoint holds for messages from then on. ${RESEND}`);
    case 'deleted':
      return nothing('Final. A deleted endpoint gets nothing any more.');
    case 'repeat':
    case 'only-endpoint':
    case 'created-later':
    case 'changed-since':
    case 'unknown':
      return nothing(`Final. ${RESEND}`);
  }
}

export function stepOfDelivery(rule: DeliveryRule, endpoint: EndpointNow, nowMs: number): NextStep {
  switch (rule.kind) {
    case 'on-its-way':
      return { what: 'attempt', why: onItsWay(endpoint) };
    case 'waiting':
      return dueStep(rule, endpoint.health, nowMs);
    case 'breaker-open':
      return breakerStep(rule.probeAtMs ?? probeOf(endpoint.health), rule.untilMs, nowMs);
    case 'throttled':
      return { what: 'release', ...at(rule.untilMs), why: 'It is handed back once that silence is over.' };
    case 'disabled':
      if (rule.by === undefined) return { what: 'release', why: HANDED_BACK };
      return { what: 'enable', why: `Enable the endpoint: what waits is handed back then. ${TOO_LONG}` };
    case 'paused':
      if (rule.by === undefined) return { what: 'release', why: HANDED_BACK };
      return { what: 'resume', why: `Resume the endpoint: what waits is handed back then. ${TOO_LONG}` };
    case 'no-permission':
      return { what: 'permit', why: `The receiver has to agree: have it asked again. ${TOO_LONG}` };
    case 'lane-full':
    case 'parked':
      return { what: 'release', why: `Its lane asks for it as soon as it has room. ${TOO_LONG}` };
    case 'behind-head':
      return { what: 'release', why: 'It is handed back once the delivery before it has ended: explain that one.' };
    case 'deleted':
      return {
        what: 'cancel',
        why: 'It ends as cancelled when its turn comes. A deleted endpoint gets nothing any more.',
      };
    case 'dead':
      if (rule.reason === 'gone') return nothing(`Its endpoint was disabled with it: enable that first. ${REDRIVE}`);
      return nothing(isTransformationFault(rule.lastFailure) ? REDRIVE_MENDED : REDRIVE);
    case 'cancelled':
      return nothing('Final. A deleted endpoint gets nothing any more.');
    case 'delivered':
    case 'expired':
    case 'superseded':
    case 'declined':
      return nothing(`Final. ${RESEND}`);
  }
}

const nothing = (why: string): NextStep => ({ what: 'nothing', why });
const at = (atMs: number | undefined) => (atMs === undefined ? {} : { atMs });

function onItsWay({ perSecond }: EndpointNow): string {
  const limit =
    perSecond === undefined
      ? ''
      : ` Its owner allows ${String(perSecond)} requests a second: it may wait for its turn.`;
  return `The attempt comes as soon as its lane has a place for it.${limit} If this stays so, look at the lag of the consumer group dispatcher.`;
}

function dueStep(
  { untilMs: dueAtMs, lastFailure }: Extract<DeliveryRule, { kind: 'waiting' }>,
  health: EndpointHealth,
  nowMs: number,
): NextStep {
  if (dueAtMs === undefined) {
    return { what: 'attempt', why: 'What followed from its last attempt is not recorded: that attempt is made again.' };
  }
  const off = offWord(health);
  const due = { what: 'attempt', atMs: dueAtMs } as const;
  if (off !== undefined) return { ...due, why: `Due then; the endpoint is ${off}, so that it is parked instead.` };
  if (dueAtMs <= nowMs) return { ...due, why: 'It is due, and on its way back to its lane.' };
  if (isTransformationFault(lastFailure)) return { ...due, why: MEND };
  return { ...due, why: 'Due then by the retry schedule, or later where the receiver asked for it.' };
}

function offWord(health: EndpointHealth): string | undefined {
  switch (health.kind) {
    case 'disabled':
    case 'paused':
      return health.kind;
    case 'healthy':
    case 'failing':
    case 'breaker-open':
    case 'throttled':
      return undefined;
  }
}

function breakerStep(probeAtMs: number | undefined, dueAtMs: number | undefined, nowMs: number): NextStep {
  const due =
    dueAtMs === undefined ? '' : ` This delivery's next attempt is due at ${new Date(dueAtMs).toISOString()}.`;
  if (probeAtMs === undefined) {
    return { what: 'attempt', ...at(dueAtMs), why: 'The breaker is closed again: its next attempt is a request.' };
  }
  if (probeAtMs <= nowMs)
    return { what: 'probe', atMs: probeAtMs, why: `The next delivery that falls due is the probe.${due}` };
  return { what: 'probe', atMs: probeAtMs, why: `No request goes out before; the first one after it decides.${due}` };
}
