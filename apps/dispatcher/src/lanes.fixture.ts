import {
  FIRST_PACE,
  type ApplicationId,
  type EndpointId,
  type LanePace,
  type LaneRules,
  type LaneSignal,
} from '@signpost/domain';
import type { LaneEntry } from './lane.js';
import type { LaneLimits } from './lane-surroundings.js';
import { Lanes } from './lanes.js';
import type { Turn } from './turn.js';

export interface Entry extends LaneEntry {
  readonly key: string;
  readonly number: number;
}

export const NOW = 1_800_000_000_000;
const LIMITS: LaneLimits = { laneRecords: 100, laneBytes: 10_000, sharedBytes: 100_000, slowInFlight: 1_000 };
/** As many under way as the endpoint's maximum. */
export const WIDE: LanePace = { ...FIRST_PACE, window: { limit: 1_000, threshold: Infinity, settledAtMs: 0 } };
const WELL: LaneSignal = { kind: 'well', pauseMs: 0 };

interface Around {
  readonly busy?: boolean;
  readonly maximumUnderWay?: number;
  readonly perSecond?: number;
  readonly pace?: LanePace;
  readonly weights?: Readonly<Record<string, number>>;
  /** Of every application, a second. */
  readonly applicationRate?: number | undefined;
  readonly woken?: () => void;
}

/** An endpoint's application is the letter that its name begins with. */
export const entry = (key: string, number: number, changes: Partial<Entry> = {}): Entry => ({
  key,
  number,
  delivery: { endpointId: key as EndpointId, applicationId: key.slice(0, 1) as ApplicationId },
  order: 'fresh',
  bytes: 1,
  ...changes,
});

export function lanesWith(changes: Partial<LaneLimits> = {}, around: Around = {}): Lanes<Entry> {
  const { busy = false, maximumUnderWay = 4, perSecond, weights = {}, woken = () => undefined } = around;
  const rules: LaneRules = { maximumUnderWay, perSecond };
  return new Lanes<Entry>(
    { ...LIMITS, ...changes },
    {
      rulesOf: () => rules,
      paceOf: () => around.pace ?? FIRST_PACE,
      weightOf: (applicationId) => weights[applicationId] ?? 1,
      rateOf: () => around.applicationRate,
      isBusy: () => busy,
      woken,
    },
  );
}

export const finish = (
  lanes: Lanes<Entry>,
  { lane }: Turn<Entry>,
  tookMs: number,
  signal: LaneSignal = WELL,
  nowMs = NOW,
) => lanes.finished(lane, { signal, tookMs, preparedMs: 0 }, nowMs);

/** Makes a lane known by one answer, and keeps it known by a request that stays under way, which is returned. */
export function known(lanes: Lanes<Entry>, key: string, answerMs: number): Turn<Entry> {
  for (let number = 0; number < 2; number += 1) lanes.offer(entry(key, -1), 0);
  const [turn, kept] = drain(lanes);
  if (turn === undefined || kept === undefined) throw new Error('no turn was given');
  finish(lanes, turn, answerMs);
  return kept;
}

export const offer = (lanes: Lanes<Entry>, key: string, count: number, bytes = 100, reserved = 0) =>
  Array.from({ length: count }, (_, number) => lanes.offer(entry(key, number, { bytes }), reserved)).filter(Boolean)
    .length;

export function drain(lanes: Lanes<Entry>, nowMs = NOW): Turn<Entry>[] {
  const turns: Turn<Entry>[] = [];
  for (let turn = lanes.next(nowMs); turn !== undefined; turn = lanes.next(nowMs)) turns.push(turn);
  return turns;
}
