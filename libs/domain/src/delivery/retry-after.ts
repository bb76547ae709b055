const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

// The three forms of an HTTP date (RFC 9110 §5.6.7). Date.parse takes far more than these, '-5' and 'May 5' included.
const IMF_FIXDATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\d\d) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) GMT$/;
const RFC_850 =
  /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d\d) (?<time>\d\d:\d\d:\d\d) GMT$/;
const ASCTIME =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/;

/**
 * Reads Retry-After (RFC 9110 §10.2.3): whole seconds or an HTTP date. Milliseconds to wait, 0 for a date gone by;
 * undefined for anything else, which then counts as absent.
 */
export function parseRetryAfter(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  const text = value.replace(/^[ \t]+|[ \t]+$/g, '');
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1_000, Number.MAX_SAFE_INTEGER);
  const at = httpDate(text, now);
  return at === undefined ? undefined : Math.max(0, at - now.getTime());
}

function httpDate(text: string, now: Date): number | undefined {
  const parts = (IMF_FIXDATE.exec(text) ?? RFC_850.exec(text) ?? ASCTIME.exec(text))?.groups;
  if (parts === undefined) return undefined;
  const month = MONTHS.indexOf(parts['month'] ?? '');
  const day = Number(parts['day']);
  const [hour = 0, minute = 0, second = 0] = (parts['time'] ?? '').split(':').map(Number);
  // The grammar leaves room for a leap second.
  if (month < 0 || hour > 23 || minute > 59 || second > 60) return undefined;
  const at = timeOf(parts['year'] ?? '', month, day, now);
  // A day that its month has not would come out as a day of the next.
  if (new Date(at).getUTCDate() !== day) return undefined;
  return at + ((hour * 60 + minute) * 60 + second) * 1_000;
}

/** Midnight of a date whose year has four digits, or two: then at most 50 years ahead, or of the century before. */
function timeOf(year: string, month: number, day: number, now: Date): number {
  if (year.length === 4) return utcMidnight(Number(year), month, day);
  const thisYear = now.getUTCFullYear();
  const near = thisYear - (thisYear % 100) + Number(year);
  return utcMidnight(near > thisYear + 50 ? near - 100 : near, month, day);
}

/** Date.UTC takes a year below 100 for one of the twentieth century. */
function utcMidnight(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month, day);
}
