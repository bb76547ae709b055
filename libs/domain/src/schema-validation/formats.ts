const LONGEST = 2_048;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DATE_TIME = /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?(?:[Zz]|[+-](\d{2}):(\d{2}))$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const URI = /^[a-z][a-z0-9+.-]*:[^\s<>"{}|\\^`]*$/i;
// One @, something on both sides, no space: whoever wants more sends a mail.
const EMAIL = /^[^\s@]+@[^\s@]+$/;

/** The formats that decide; every other one only describes. None of them can be made to take long. */
export const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  date: bounded((text) => isDate(text)),
  'date-time': bounded((text) => isDateTime(text)),
  email: bounded((text) => EMAIL.test(text)),
  uri: bounded((text) => URI.test(text)),
  uuid: bounded((text) => UUID.test(text)),
};

function bounded(test: (text: string) => boolean): (text: string) => boolean {
  return (text) => text.length <= LONGEST && test(text);
}

function isDate(text: string): boolean {
  const [, year, month, day] = (DATE.exec(text) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined) return false;
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, day);
  return at.getUTCMonth() === month - 1 && at.getUTCDate() === day;
}

function isDateTime(text: string): boolean {
  const [, date = '', ...rest] = DATE_TIME.exec(text) ?? [];
  if (!isDate(date)) return false;
  const [hour = 0, minute = 0, second = 0, offsetHour = 0, offsetMinute = 0] = rest.map((part) => Number(part) || 0);
  // 23:59:60 is a leap second.
  return (
    hour < 24 &&
    minute < 60 &&
    (second < 60 || (second === 60 && minute === 59)) &&
    offsetHour < 24 &&
    offsetMinute < 60
  );
}
