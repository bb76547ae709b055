import { createHash } from 'node:crypto';
import { MASKED } from '../egress/logged-headers.js';

export type Fields = Readonly<Record<string, unknown>>;

/** What of a change the audit log keeps: of an update only the fields that differ, on both sides. */
export interface AuditedChange {
  readonly before?: Fields;
  readonly after?: Fields;
}

const LONGEST_VALUE = 2_048;
const DEEPEST = 8;

// By name, at any depth, so that a field that is added later and named as such is masked before anybody thinks of it.
const SENSITIVE =
  /secret|password|token(?!Url)|private|credential|authori[sz]ation|passphrase|api_?key|^key$|^value$|hash$|^payload$|^body$|^sealed/i;
/** What an endpoint filters by is no secret, and its names are those of its messages. */
const PLAIN = 'filters';
/** A header's name says little about how secret its value is: all of them are masked. */
const HEADERS = /headers$/i;

/**
 * What changed between two states, fit to be read by whoever may read the audit log: secrets and headers' values are
 * masked, long values are told by their size and digest. An update in which nothing differs has empty sides.
 */
export function auditedChange(before: Fields | undefined, after: Fields | undefined): AuditedChange {
  if (before === undefined || after === undefined) {
    return {
      ...(before === undefined ? {} : { before: shownFields(before, Object.keys(before)) }),
      ...(after === undefined ? {} : { after: shownFields(after, Object.keys(after)) }),
    };
  }
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const differing = names.filter((name) => jsonOf(before[name]) !== jsonOf(after[name]));
  return { before: shownFields(before, differing), after: shownFields(after, differing) };
}

function shownFields(fields: Fields, names: readonly string[]): Fields {
  const shown: Record<string, unknown> = {};
  for (const name of names) {
    const value = fields[name];
    if (value !== undefined && value !== null) shown[name] = shortened(name === PLAIN ? value : masked(name, value, 0));
  }
  return shown;
}

function masked(name: string, value: unknown, depth: number): unknown {
  if (value === undefined || value === null) return value;
  if (SENSITIVE.test(name) || depth >= DEEPEST) return MASKED;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => masked('', item, depth + 1));
  if (typeof value !== 'object') return value;
  const isHeaders = HEADERS.test(name);
  return Object.fromEntries(
    Object.entries(value).map(([inner, one]) => [inner, isHeaders ? MASKED : masked(inner, one, depth + 1)]),
  );
}

function shortened(value: unknown): unknown {
  const text = jsonOf(value);
  if (text.length <= LONGEST_VALUE) return value;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return `(${String(text.length)} characters of JSON, SHA-256 ${digest}…)`;
}

/** Objects' keys in one order: what comes from the database has another than what came by HTTP. */
function jsonOf(value: unknown): string {
  if (value === undefined) return '';
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
