import { CONTROL_KINDS, type ControlChange, type ControlKind } from '@signpost/domain';
import { headerText, type RecordHeaders } from './headers.js';
import { parseJson, UnreadableRecordError } from './unreadable.js';

const VERSION_HEADER = 'version';

export function controlKey(change: { readonly kind: ControlKind; readonly id: string }): string {
  return `${change.kind}:${change.id}`;
}

/** A record of `control`; a deletion is a tombstone, so that compaction forgets it in the end. */
export function controlRecord(change: ControlChange): { key: string; value: Buffer | null; headers: RecordHeaders } {
  return {
    key: controlKey(change),
    value: change.state === undefined ? null : Buffer.from(JSON.stringify(change.state)),
    headers: { [VERSION_HEADER]: String(change.version) },
  };
}

/** @throws UnreadableRecordError when key, version or value do not decode */
export function readControl(record: {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: RecordHeaders;
}): ControlChange {
  const key = record.key?.toString('utf8') ?? '';
  const colon = key.indexOf(':');
  const kind = CONTROL_KINDS.find((known) => known === key.slice(0, colon));
  const version = Number(headerText(record.headers, VERSION_HEADER) ?? Number.NaN);
  if (kind === undefined || !Number.isSafeInteger(version)) {
    throw new UnreadableRecordError('a control record has no known kind or no version', { key });
  }
  const state = record.value === null ? undefined : parseJson(record.value, `control record ${key}`);
  // The relay is the topic's only writer and writes the types of the domain.
  return { kind, id: key.slice(colon + 1), version, state } as ControlChange;
}
