import type { LaneMemory } from '@signpost/domain';
import { parseJson, UnreadableRecordError } from './unreadable.js';

/** The value of a record of `lanes`, keyed by endpoint id. */
export function encodeLane(memory: LaneMemory): Buffer {
  return Buffer.from(JSON.stringify(memory));
}

/** @throws UnreadableRecordError when the value is no lane's memory */
export function readLane(value: Buffer): LaneMemory {
  const memory = parseJson(value, 'a lanes record');
  if (typeof memory === 'object' && memory !== null && 'endpointId' in memory) return memory as LaneMemory;
  throw new UnreadableRecordError('a lanes record names no endpoint');
}
