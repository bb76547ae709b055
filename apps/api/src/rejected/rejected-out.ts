import { isUtf8 } from 'node:buffer';
import {
  headerText,
  withoutOurs,
  type RecordHeaders,
  type RejectedContentOut,
  type RejectedOut,
} from '@signpost/contracts';
import type { Correction, IncomingRecord, IndexedRejection } from '@signpost/ports';
import { actorOut } from '../access/actor-out.js';

/** What of a value is shown. */
const SHOWN_BYTES = 65_536;
const SHOWN_HEADERS = 200;
const SHOWN_HEADER_LENGTH = 8_192;

export function rejectedOut(rejection: IndexedRejection): RejectedOut {
  const { id, code, reason, source, position, rejectedAt, redrives, isCut, correctedAt, correctedBy, state } =
    rejection;
  return {
    id,
    code,
    reason,
    source,
    position,
    rejectedAt: rejectedAt.toISOString(),
    redrives,
    isCut,
    correctedAt: correctedAt?.toISOString() ?? null,
    correctedBy: correctedBy === undefined ? null : actorOut(correctedBy),
    state,
  };
}

/** `record`: undefined once its topic has forgotten it. */
export function rejectedContentOut(
  rejection: IndexedRejection,
  record: Pick<IncomingRecord, 'value' | 'headers'> | undefined,
  correction: Correction | undefined,
): RejectedContentOut {
  return {
    ...rejectedOut(rejection),
    headers: record === undefined ? null : headersOut(record.headers),
    value: bytesOut(record?.value ?? undefined),
    correction:
      correction === undefined ? null : { headers: correction.headers ?? null, value: bytesOut(correction.value) },
  };
}

function headersOut(headers: RecordHeaders): Record<string, string> {
  const names = Object.keys(withoutOurs(headers)).slice(0, SHOWN_HEADERS);
  return Object.fromEntries(
    names.map((name) => [name, (headerText(headers, name) ?? '').slice(0, SHOWN_HEADER_LENGTH)]),
  );
}

function bytesOut(value: Buffer | undefined): RejectedContentOut['value'] {
  if (value === undefined) return null;
  const isText = isUtf8(value);
  const shown = value.subarray(0, isText ? endOfText(value) : SHOWN_BYTES);
  return {
    text: isText ? shown.toString('utf8') : null,
    base64: isText ? null : shown.toString('base64'),
    bytes: value.length,
    isWhole: shown.length === value.length,
  };
}

/** Not within a character. */
function endOfText(value: Buffer): number {
  let end = Math.min(value.length, SHOWN_BYTES);
  while (end < value.length && end > 0 && ((value[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return end;
}
