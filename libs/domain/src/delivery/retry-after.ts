const IMF_FIXDATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const RFC_850 = /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/;
const ASCTIME = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/**
 * Reads Retry-After (RFC 9110 §10.2.3): whole seconds or one of the three HTTP dates (§5.6.7). Milliseconds to
 * wait, 0 for a date gone by; undefined for anything else, which then counts as absent.
 */
export function parseRetryAfter(value: string | undefined, now: Date): number | undefined {
  const text = value?.replace(/^[ \t]+|[ \t]+$/g, '') ?? '';
  if (/^\d{1,15}$/.test(text)) return Number(text) * 1_000;
  const at = httpDate(text, now);
  return at === undefined ? undefined : Math.max(0, at - now.getTime());
}

function httpDate(text: string, now: Date): number | undefined {
  // Date.parse takes far more than the three forms, so each is recognised before it is read.
  if (IMF_FIXDATE.test(text)) return valid(Date.parse(text));
  if (ASCTIME.test(text)) return valid(Date.parse(`${text} GMT`));
  if (RFC_850.test(text)) return valid(Date.parse(withFullYear(text, now)));
  return undefined;
}

/** A two-digit year that would lie more than 50 years ahead is of the century before (RFC 9110 §5.6.7). */
function withFullYear(text: string, now: Date): string {
  const century = Math.floor(now.getUTCFullYear() / 100) * 100;
  return text
    .replace(/-(\d{2}) /, (_, digits: string) => {
      const year = century + Number(digits);
      return ` ${String(year > now.getUTCFullYear() + 50 ? year - 100 : year)} `;
    })
    .replace(/-/g, ' ');
}

function valid(time: number): number | undefined {
  return Number.isNaN(time) ? undefined : time;
}
