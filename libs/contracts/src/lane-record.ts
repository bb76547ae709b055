import type { ConversationMemory, LaneMemory, OrderMemory } from '@signpost/domain';
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
  const { disabled, parked, demand, failing, breaker, pausedUntilMs, swept, coalescing, order, redeliveries } = value;
  return (
    (disabled === undefined || hasCounts(disabled, 'atMs', 'endpointVersion')) &&
    isRange(parked) &&
    isDemand(demand) &&
    (failing === undefined ||
      hasCounts(failing, 'sinceMs', 'lastMs', 'failedMs', 'attempts', 'warnedPercent', 'limitMs')) &&
    (breaker === undefined || hasCounts(breaker, 'untilMs', 'openings')) &&
    (pausedUntilMs === undefined || Number.isSafeInteger(pausedUntilMs)) &&
    (swept === undefined || (Array.isArray(swept) && swept.every((range) => hasCounts(range, 'from', 'to')))) &&
    (coalescing === undefined || (isObject(coalescing) && Object.values(coalescing).every(isCoalescedKey))) &&
    (order === undefined || isOrder(order)) &&
    (redeliveries === undefined || isOfRedeliveries(redeliveries))
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

function isOfRedeliveries(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { tasks, takenOver } = value;
  return (
    (tasks === undefined ||
      (isObject(tasks) && Object.values(tasks).every((task) => hasCounts(task, 'sequence', 'offset', 'atMs')))) &&
    (takenOver === undefined ||
      (isObject(takenOver) && Object.values(takenOver).every((one) => hasCounts(one, 'number', 'atMs'))))
  );
}

function isOrder(value: unknown): value is OrderMemory {
  return (
    hasCounts(value, 'sequence') &&
    Array.isArray(value['ahead']) &&
    Array.isArray(value['settled']) &&
    isObject(value['conversations']) &&
    Object.values(value['conversations']).every(isConversation)
  );
}

function isConversation(value: unknown): value is ConversationMemory {
  if (!isObject(value)) return false;
  const { head, parked, demand } = value;
  return (
    isRange(parked) && isDemand(demand) && (head === undefined || (isObject(head) && typeof head['id'] === 'string'))
  );
}

const isRange = (value: unknown): boolean =>
  value === undefined || hasCounts(value, 'oldestOffset', 'newestOffset', 'count');
const isDemand = (value: unknown): boolean =>
  value === undefined || hasCounts(value, 'sequence', 'fromOffset', 'limit');

function hasCounts(value: unknown, ...names: readonly string[]): value is Readonly<Record<string, unknown>> {
  return isObject(value) && names.every((name) => Number.isSafeInteger(value[name]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
