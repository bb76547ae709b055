import { redrivenRecord, type RecordHeaders } from '@signpost/contracts';
import type { Correction, IncomingRecord, NumberedRejection, OutgoingRecord } from '@signpost/ports';

type Content = Pick<IncomingRecord, 'value' | 'headers'>;

/**
 * The record as it is taken in again, or undefined where there is nothing to take in: its topic has forgotten it, and
 * nobody gave a value in its place.
 */
export function redriven(
  { redrive, correction }: NumberedRejection,
  record: Content | undefined,
): OutgoingRecord | undefined {
  if (record === undefined && correction.value === undefined) return undefined;
  const value = correction.value ?? record?.value ?? null;
  return redrivenRecord(redrive, { value, headers: corrected(record?.headers ?? {}, correction) });
}

function corrected(headers: RecordHeaders, { headers: changes = {} }: Correction): RecordHeaders {
  const left = Object.entries(headers).filter(([name]) => changes[name] === undefined);
  const given = Object.entries(changes).flatMap(([name, text]) => (text === null ? [] : [[name, text] as const]));
  return Object.fromEntries<Buffer | string>([...left, ...given]);
}
