import type { ExplainedEndpointOut } from '@signpost/contracts';
import {
  deliveryText,
  explainDelivery,
  explainMatch,
  healthOf,
  notMatchedText,
  PARK_REASONS,
  permissionState,
  stagesOf,
  stepAfterMismatch,
  stepOfDelivery,
  UNDECIDED_STEP,
  UNDECIDED_TEXT,
  type AskedChange,
  type ConsideredEndpoint,
  type DeliveryFacts,
  type DeliveryRule,
  type EndpointNow,
  type ExplainedMatch,
  type HealthMemory,
  type NextStep,
  type NotMatchedRule,
  type Stage,
} from '@signpost/domain';
import type { EndpointEver, EndpointStory, ExplainedMessage, LoggedAttempt, MessageStory } from '@signpost/ports';

interface Told {
  readonly message: ExplainedMessage;
  /** Undefined where it was not needed, or is not kept. */
  readonly payload: Buffer | undefined;
  readonly matched: MessageStory['matched'];
  readonly story: EndpointStory;
  readonly memory: HealthMemory | undefined;
  readonly nowMs: number;
}

type Explained = Pick<ExplainedEndpointOut, 'verdict' | 'rule' | 'next'>;

export function explainedEndpoint(told: Told): ExplainedEndpointOut {
  const { matched, story } = told;
  const { endpointId, endpoint, deliveryId, delivery, attempts, redeliveries } = story;
  const isMatched = matched?.endpointIds.has(endpointId) === true;
  const isSent = isMatched || delivery !== undefined || redeliveries.length > 0;
  const hasChanged = endpoint !== undefined && matched !== undefined && endpoint.updatedAt > matched.at;
  return {
    endpointId,
    ...(endpoint === undefined ? {} : { url: endpoint.url }),
    ...(endpoint?.uid === undefined ? {} : { uid: endpoint.uid }),
    ...(isSent ? { deliveryId } : {}),
    ...(isSent ? sent(told) : notSent(told)),
    ...(hasChanged ? { changedAt: endpoint.updatedAt.toISOString() } : {}),
    stages: stagesOfStory(told, isMatched).map(stageOut),
    attempts: attempts.map(attemptOut),
    attemptCount: delivery?.attempts ?? 0,
    redeliveries: redeliveries.length,
  };
}

function sent({ story, memory, nowMs }: Told): Explained {
  const endpoint = endpointNow(story.endpoint, memory, nowMs);
  const { verdict, rule } = explainDelivery(factsOf(story), endpoint, nowMs);
  return { verdict, rule: ruleOut(rule, deliveryText(rule)), next: nextOut(stepOfDelivery(rule, endpoint, nowMs)) };
}

function notSent({ message, payload, matched, story: { endpoint, changes } }: Told): Explained {
  // It exists: whoever asked for it by name was answered otherwise.
  const explained: ExplainedMatch =
    endpoint === undefined
      ? { kind: 'not-matched', rule: { kind: 'unknown' } }
      : explainMatch(
          consideredOf(endpoint, changes),
          { ...message, acceptedAtMs: message.acceptedAt.getTime(), payload },
          matched && { atMs: matched.at.getTime(), endpointIds: matched.endpointIds, isRepeat: matched.isRepeat },
        );
  switch (explained.kind) {
    case 'undecided':
    case 'matched':
      // What is matched is sent: told by the other function.
      return { verdict: 'pending', rule: { kind: 'undecided', text: UNDECIDED_TEXT }, next: nextOut(UNDECIDED_STEP) };
    case 'not-matched': {
      const { rule } = explained;
      const text = notMatchedText(rule, message);
      return { verdict: 'not-matched', rule: ruleOut(rule, text), next: nextOut(stepAfterMismatch(rule)) };
    }
  }
}

function consideredOf(endpoint: EndpointEver, changes: readonly AskedChange[] | undefined): ConsideredEndpoint {
  const { id, eventTypes, channels, filters, createdAt, updatedAt, deletedAt } = endpoint;
  return {
    id,
    createdAtMs: createdAt.getTime(),
    updatedAtMs: updatedAt.getTime(),
    ...(eventTypes === undefined ? {} : { eventTypes }),
    ...(channels === undefined ? {} : { channels }),
    ...(filters === undefined ? {} : { filters }),
    ...(deletedAt === undefined ? {} : { deletedAtMs: deletedAt.getTime() }),
    ...(changes === undefined ? {} : { changes }),
  };
}

/** Of an endpoint that is matched and of which nothing else is known the delivery is on its way. */
function factsOf({ delivery, attempts, stages }: EndpointStory): DeliveryFacts {
  const state = delivery?.state ?? 'pending';
  const last = state === 'delivered' ? attempts.findLast(({ outcome }) => outcome === 'delivered') : attempts.at(-1);
  const parkedFor = stages.findLast(({ kind }) => kind === 'parked')?.reason;
  const reason = PARK_REASONS.find((known) => known === parkedFor);
  return {
    state,
    attempts: delivery?.attempts ?? 0,
    ...(delivery?.nextAttemptAt === undefined ? {} : { nextAttemptAtMs: delivery.nextAttemptAt.getTime() }),
    ...(delivery?.deadLetterReason === undefined ? {} : { deadLetterReason: delivery.deadLetterReason }),
    ...(reason === undefined ? {} : { parkedFor: reason }),
    ...(last === undefined
      ? {}
      : {
          lastAttempt: {
            attempt: last.attempt,
            ...(last.reason === undefined ? {} : { reason: last.reason }),
            ...(last.status === undefined ? {} : { status: last.status }),
            ...(last.transformation === undefined ? {} : { transformation: last.transformation }),
          },
        }),
  };
}

function endpointNow(endpoint: EndpointEver | undefined, memory: HealthMemory | undefined, nowMs: number): EndpointNow {
  if (endpoint === undefined) return { isDeleted: true, health: { kind: 'healthy' }, permission: 'allowed' };
  return {
    isDeleted: endpoint.deletedAt !== undefined,
    health: healthOf(endpoint, memory, nowMs),
    permission: permissionState(endpoint),
    ...(endpoint.throttleRate === undefined ? {} : { perSecond: endpoint.throttleRate }),
  };
}

function stagesOfStory({ message, matched, story }: Told, isMatched: boolean): readonly Stage[] {
  const { attempts, stages, redeliveries, delivery } = story;
  return stagesOf({
    acceptedAtMs: message.acceptedAt.getTime(),
    ...(matched === undefined ? {} : { matchedAtMs: matched.at.getTime() }),
    isMatched,
    attempts: attempts.map(({ attempt, at, timing, outcome, reason, nextAttemptAt }) => ({
      attempt,
      atMs: at.getTime(),
      totalMs: timing.totalMs,
      delivered: outcome === 'delivered',
      waits: nextAttemptAt !== undefined,
      ...(reason === undefined ? {} : { reason }),
    })),
    facts: stages.map(({ kind, at, reason }) => ({
      kind,
      atMs: at.getTime(),
      ...(reason === undefined ? {} : { reason }),
    })),
    redeliveriesAtMs: redeliveries.map((at) => at.getTime()),
    ...(delivery === undefined ? {} : { state: delivery.state }),
    ...(delivery?.deadLetterReason === undefined ? {} : { deadLetterReason: delivery.deadLetterReason }),
  });
}

function stageOut({ name, atMs, ms, attempt, reason }: Stage): ExplainedEndpointOut['stages'][number] {
  return {
    name,
    at: iso(atMs),
    ...(ms === undefined ? {} : { ms: Math.round(ms * 10) / 10 }),
    ...(attempt === undefined ? {} : { attempt }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function attemptOut(attempt: LoggedAttempt): ExplainedEndpointOut['attempts'][number] {
  const { id, at, outcome, reason, status, trigger, repeated, url, timing, nextAttemptAt, transformation } = attempt;
  return {
    id,
    attempt: attempt.attempt,
    timestamp: at.toISOString(),
    outcome,
    trigger,
    repeated,
    url,
    timing,
    ...(reason === undefined ? {} : { reason }),
    ...(status === undefined ? {} : { status }),
    ...(nextAttemptAt === undefined ? {} : { nextAttempt: nextAttemptAt.toISOString() }),
    ...(transformation === undefined ? {} : { transformationVersion: transformation }),
  };
}

const nextOut = ({ what, atMs, why }: NextStep): ExplainedEndpointOut['next'] => ({
  what,
  why,
  ...(atMs === undefined ? {} : { at: iso(atMs) }),
});

function ruleOut(rule: DeliveryRule | NotMatchedRule, text: string): ExplainedEndpointOut['rule'] {
  const clause = clauseOf(rule);
  return { kind: rule.kind, text, ...(clause === undefined ? {} : { clause }) };
}

const MOST_NAMED = 10;

/** What of the rule decided, in the words of whoever set it. */
function clauseOf(rule: DeliveryRule | NotMatchedRule): string | undefined {
  if ('asked' in rule) return rule.asked.slice(0, MOST_NAMED).join(', ');
  if ('clause' in rule) return rule.clause;
  if ('by' in rule) return rule.by;
  if ('reason' in rule) return rule.reason;
  if ('lastFailure' in rule) return rule.lastFailure;
  return 'state' in rule ? rule.state : undefined;
}

const iso = (atMs: number): string => new Date(atMs).toISOString();
