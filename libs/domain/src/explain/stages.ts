import type { Fate } from '../delivery/decision.js';
import type { DeliveryState } from '../delivery/delivery-status.js';

/** What a message goes through on its way to one endpoint. */
export type StageName =
  'accepted' | 'matched' | 'queued' | 'attempt' | 'waiting' | 'parked' | 'released' | 'redelivered' | Fate;
export const STAGES = [
  'accepted',
  'matched',
  'queued',
  'redelivered',
  'released',
  'attempt',
  'waiting',
  'parked',
  'delivered',
  'dead-lettered',
  'expired',
  'superseded',
  'declined',
  'cancelled',
] as const satisfies readonly StageName[];

/** Times are milliseconds since 1970. */
export interface Stage {
  readonly name: StageName;
  readonly atMs: number;
  /** How long it lasted: an attempt by its own clock, all else until the next stage; absent for the last. */
  readonly ms?: number;
  /** Of an attempt. */
  readonly attempt?: number;
  /** Why it was parked, why an attempt failed, what a dead letter is for. */
  readonly reason?: string;
}

export interface StagedAttempt {
  readonly attempt: number;
  readonly atMs: number;
  readonly totalMs: number;
  readonly delivered: boolean;
  readonly reason?: string;
  /** A retry was planned. */
  readonly waits: boolean;
}

export interface StagedFact {
  readonly kind: StageName;
  readonly atMs: number;
  readonly reason?: string;
}

export interface StagesOf {
  readonly acceptedAtMs: number;
  readonly matchedAtMs?: number;
  /** Whether it was matched to the endpoint that is asked about. */
  readonly isMatched: boolean;
  readonly attempts: readonly StagedAttempt[];
  /** Parked, released, fates without an attempt. */
  readonly facts: readonly StagedFact[];
  readonly redeliveriesAtMs: readonly number[];
  readonly state?: DeliveryState;
  readonly deadLetterReason?: string;
}

/** In the order of time, as the clocks of different machines have it. */
export function stagesOf(of: StagesOf): readonly Stage[] {
  const { acceptedAtMs, matchedAtMs, isMatched, attempts, facts, redeliveriesAtMs } = of;
  const stages: Stage[] = [
    { name: 'accepted', atMs: acceptedAtMs },
    ...(matchedAtMs === undefined ? [] : [{ name: 'matched', atMs: matchedAtMs } as const]),
    ...(matchedAtMs === undefined || !isMatched ? [] : [{ name: 'queued', atMs: matchedAtMs } as const]),
    ...redeliveriesAtMs.map((atMs) => ({ name: 'redelivered', atMs }) as const),
    ...facts.map(({ kind, ...rest }) => ({ name: kind, ...rest })),
    ...attempts.flatMap(stagesOfAttempt),
    ...endOfAttempt(of),
  ];
  // Stable, and what follows from what stands in the order of STAGES.
  stages.sort((a, b) => a.atMs - b.atMs || STAGES.indexOf(a.name) - STAGES.indexOf(b.name));
  return stages.map((stage, at) => withLength(stage, stages[at + 1]));
}

function stagesOfAttempt({ attempt, atMs, totalMs, reason, waits }: StagedAttempt): Stage[] {
  const request = { name: 'attempt', atMs, ms: totalMs, attempt, ...(reason === undefined ? {} : { reason }) } as const;
  return waits ? [request, { name: 'waiting', atMs: Math.ceil(atMs + totalMs) }] : [request];
}

/** A fate that came with an attempt has no fact of its own: it came when the attempt ended. */
function endOfAttempt({ attempts, facts, state, deadLetterReason }: StagesOf): readonly Stage[] {
  if (state === undefined || !isFate(state) || facts.some(({ kind }) => kind === state)) return [];
  const last = attempts.findLast(({ delivered, waits }) => (state === 'delivered' ? delivered : !waits));
  if (last === undefined) return [];
  const reason = state === 'dead-lettered' && deadLetterReason !== undefined ? { reason: deadLetterReason } : {};
  return [{ name: state, atMs: Math.ceil(last.atMs + last.totalMs), ...reason }];
}

function isFate(state: DeliveryState): state is Fate {
  return state !== 'pending' && state !== 'waiting' && state !== 'parked';
}

function withLength(stage: Stage, next: Stage | undefined): Stage {
  if (stage.ms !== undefined || next === undefined) return stage;
  return { ...stage, ms: next.atMs - stage.atMs };
}
