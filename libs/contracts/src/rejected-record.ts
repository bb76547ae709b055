import { isId, type OrganisationId } from '@signpost/domain';
import { headerText, type RecordHeaders } from './headers.js';
import { coordinatesText, type SourceCoordinates } from './source-coordinates.js';
import { TOPICS } from './topics.js';
import { UnreadableRecordError } from './unreadable.js';

export interface Rejection {
  /** Stable, for machines: 'application_unknown', 'record_unreadable', 'event_type_invalid', … */
  readonly code: string;
  /** For people: what is wrong and what to do. */
  readonly reason: string;
  readonly source: SourceCoordinates;
  readonly atMs: number;
  /** Whose it is, as far as its source or its application tells; absent: nobody's. */
  readonly organisationId?: OrganisationId;
  /** How often it had been sent on its way again; absent: never. */
  readonly redrives?: number;
  /** The value, or the headers, did not fit beside the rejection. */
  readonly isCut?: true;
}

export const REJECTION_HEADER = 'signpost-rejection';
/** What does not fit into a record of `messages.rejected` beside its reason stays at its source alone. */
export const LARGEST_REJECTED_BYTES = 786_432;
const LARGEST_HEADERS_BYTES = 131_072;
/** It may tell of places in the payload, which are as long as its producer likes. */
const LONGEST_REASON = 4_000;

/** The record's own headers are kept beside the rejection, so that it can be corrected and sent again. */
export function rejectedHeaders(rejection: Rejection, original: RecordHeaders | undefined): RecordHeaders {
  return { ...original, [REJECTION_HEADER]: JSON.stringify(rejection) };
}

/** A record of `messages.rejected`, keyed by where the refused one lies. */
export function rejectedRecord(
  rejection: Rejection,
  original: { readonly value: Buffer | null; readonly headers: RecordHeaders },
): { topic: typeof TOPICS.rejected; key: string; value: Buffer | null; headers: RecordHeaders } {
  const isLong = (original.value?.length ?? 0) > LARGEST_REJECTED_BYTES;
  const headers = headerBytes(original.headers) > LARGEST_HEADERS_BYTES ? undefined : original.headers;
  const isCut = isLong || headers === undefined;
  const told = { ...rejection, reason: rejection.reason.slice(0, LONGEST_REASON).toWellFormed() };
  return {
    topic: TOPICS.rejected,
    key: coordinatesText(rejection.source),
    value: isLong ? null : original.value,
    headers: rejectedHeaders({ ...told, ...(isCut ? { isCut } : {}) }, headers),
  };
}

/** Undefined where the header is absent or holds no rejection. */
export function readRejection(headers: RecordHeaders | undefined): Rejection | undefined {
  const value = parsed(headerText(headers, REJECTION_HEADER));
  return isRejection(value) ? value : undefined;
}

export const REDRIVE_HEADER = 'signpost-redrive';

/** What a record of `messages.redriven` says beside the record's own headers and value. */
export interface Redrive {
  /** Where the record lies that was rejected first. */
  readonly source: SourceCoordinates;
  /** Which time it is, from 1. */
  readonly number: number;
  /** Milliseconds since 1970: when somebody asked. The same whenever it is handed over. */
  readonly atMs: number;
  /** Who asked: its event may name no application of anybody else's, whatever was corrected. */
  readonly organisationId?: OrganisationId;
}

/** A rejected record on its way back to intake. `headers`: its own. */
export function redrivenRecord(
  redrive: Redrive,
  { value, headers }: { readonly value: Buffer | null; readonly headers: RecordHeaders },
): { topic: typeof TOPICS.redriven; key: string; value: Buffer | null; headers: RecordHeaders } {
  return {
    topic: TOPICS.redriven,
    key: coordinatesText(redrive.source),
    value,
    headers: { ...withoutOurs(headers), [REDRIVE_HEADER]: JSON.stringify(redrive) },
  };
}

/** @throws UnreadableRecordError */
export function readRedrive(headers: RecordHeaders): { readonly redrive: Redrive; readonly headers: RecordHeaders } {
  const redrive = parsed(headerText(headers, REDRIVE_HEADER));
  if (!isRedrive(redrive)) throw new UnreadableRecordError(`header ${REDRIVE_HEADER} holds no re-drive`);
  return { redrive, headers: withoutOurs(headers) };
}

/** The headers that the record came with. */
export function withoutOurs(headers: RecordHeaders): RecordHeaders {
  const { [REJECTION_HEADER]: _, [REDRIVE_HEADER]: __, ...own } = headers;
  return own;
}

const parsed = (text: string | undefined): unknown => {
  try {
    return JSON.parse(text ?? 'null') as unknown;
  } catch {
    return undefined;
  }
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

function isRejection(value: unknown): value is Rejection {
  return isObject(value) && 'code' in value;
}

function isRedrive(value: unknown): value is Redrive {
  if (!isObject(value)) return false;
  const { source, number, atMs, organisationId: by } = value;
  return isPlace(source) && isCount(number) && isCount(atMs) && (by === undefined || isOrganisation(by));
}

/** Whether it names a record, as the source of a rejection has to. */
export function isPlace(value: unknown): value is SourceCoordinates {
  return (
    isObject(value) && typeof value['topic'] === 'string' && isCount(value['partition']) && isCount(value['offset'])
  );
}

const isOrganisation = (value: unknown): boolean => typeof value === 'string' && isId('org', value);
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

function headerBytes(headers: RecordHeaders): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    bytes += name.length;
    // A name that came twice has a list of values.
    for (const one of [value].flat()) bytes += Buffer.byteLength(one);
  }
  return bytes;
}
