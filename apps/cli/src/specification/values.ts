/** Thrown by a parser: what is wrong with the text, as the rest of a sentence ("must be …"). */
export class InvalidValueError extends Error {}

export const invalid = (rest: string): InvalidValueError => new InvalidValueError(rest);

export function parseCount(text: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw invalid(`must be a whole number from ${String(min)} to ${String(max)}`);
  return value;
}

export function parseNumber(text: string, min: number, max: number): number {
  const value = /^\d{1,12}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw invalid(`must be a number from ${String(min)} to ${String(max)}`);
  return value;
}

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const DURATION = /^(\d{1,9})(ms|s|m|h|d)$/;

/** Milliseconds: "500ms", "30s", "15m", "2h", "7d". */
export function parseDuration(text: string): number {
  const [, digits, unit] = DURATION.exec(text) ?? [];
  const unitMs = unit === undefined ? undefined : UNITS_MS[unit];
  if (unitMs === undefined) throw invalid('must be a duration such as 500ms, 30s, 15m, 2h or 7d');
  return Number(digits) * unitMs;
}

/** As parseDuration reads it, in the largest unit that it is a whole number of. */
export function writtenDuration(ms: number): string {
  const [unit, unitMs] = Object.entries(UNITS_MS).findLast(([, each]) => ms > 0 && ms % each === 0) ?? ['ms', 1];
  return `${String(ms / unitMs)}${unit}`;
}

const RFC_3339 = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** A time of RFC 3339, a day, or how long ago: "2026-01-31T12:00:00Z", "2026-01-31", "2h". */
export function parseTime(text: string, nowMs: number): Date {
  if (DURATION.test(text)) return new Date(nowMs - parseDuration(text));
  const at = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) {
    throw invalid(
      'must be a time such as 2026-01-31T12:00:00Z, a day such as 2026-01-31, or how long ago: 15m, 2h, 7d',
    );
  }
  return new Date(at);
}

export interface Range {
  readonly least: number;
  readonly most: number;
}

/** Milliseconds: "200", "200..800". */
export function parseRange(text: string, max: number): Range {
  const [, first, , second] = /^(\d{1,9})(\.\.(\d{1,9}))?$/.exec(text) ?? [];
  const least = Number(first ?? Number.NaN);
  const most = second === undefined ? least : Number(second);
  if (!(least <= most && most <= max)) {
    throw invalid(`must be milliseconds, or a range of them such as 200..800, up to ${String(max)}`);
  }
  return { least, most };
}

export function parseList(text: string): readonly string[] {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (items.length === 0) throw invalid('must name at least one, with commas between several');
  return items;
}

/** "name=value". */
export function parsePair(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw invalid('must have the form name=value');
  return [text.slice(0, at), text.slice(at + 1)];
}

export function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw invalid('must be a URL that begins with http:// or https://');
  }
  return text;
}
