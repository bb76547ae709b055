import type { LaneMemory } from '@signpost/domain';
import { parseJson, UnreadableRecordError } from './unreadable.js';

/** The value of a record of `lanes`, keyed by endpoint id. */
export function encodeLane(memory: LaneMemory): Buffer {
  return Buffer.from(JSON.stringify(memory));
}

/** @throws UnreadableRecordError when the value is no lane's memory */
export function readLane(value: Buffer): LaneMemory {
  const memory = parseJson(value, 'a lanes record');
  if (isLaneMemory(memory)) return memory;
  throw new UnreadableRecordError("a lanes record lacks a field of a lane's memory, or has one of the wrong type");
}

function isLaneMemory(value: unknown): value is LaneMemory {
  if (!isObject(value) || typeof value['endpointId'] !== 'string' || typeof value['applicationId'] !== 'string')
    return false;
  const { disabled, parked, demand, failing, breaker, pausedUntilMs, swept, coalescing } = value;
  return (
    (disabled === undefined || hasCounts(disabled, 'atMs', 'endpointVersion')) &&
    (parked === undefined || hasCounts(parked, 'oldestOffset', 'newestOffset', 'count')) &&
    (demand === undefined || hasCounts(demand, 'sequence', 'fromOffset', 'limit')) &&
    (failing === undefined ||
      hasCounts(failing, 'sinceMs', 'lastMs', 'failedMs', 'attempts', 'warnedPercent', 'limitMs')) &&
    (breaker === undefined || hasCounts(breaker, 'untilMs', 'openings')) &&
    (pausedUntilMs === undefined || Number.isSafeInteger(pausedUntilMs)) &&
    (swept === undefined || (Array.isArray(swept) && swept.every((range) => hasCounts(range, 'from', 'to')))) &&
    (coalescing === undefined || (isObject(coalescing) && Object.values(coalescing).every(isCoalescedKey)))
  );
}

function isCoalescedKey(value: unknown): boolean {
  return (
    hasCounts(value, 'acceptedAtMs') &&
    isObject(value) &&
    typeof value['messageId'] === 'string' &&
    Array.isArray(value['waiting']) &&
    (value['parkedTo'] === undefined || hasCounts(value, 'parkedTo'))
  );
}

function hasCounts(value: unknown, ...names: readonly string[]): boolean {
  return isObject(value) && names.every((name) => Number.isSafeInteger(value[name]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
