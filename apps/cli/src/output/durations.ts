/** A length of time in two units at most: "4 ms", "1.2 s", "3 min 20 s", "2 d 4 h". */
export function shownDuration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return '?';
  if (ms < 1_000) return `${String(Math.round(ms))} ms`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 10) return `${(ms / 1_000).toFixed(1)} s`;
  if (seconds < 60) return `${String(seconds)} s`;
  if (seconds < 3_600) return two(seconds, 60, 'min', 's');
  if (seconds < 86_400) return two(Math.round(seconds / 60), 60, 'h', 'min');
  return two(Math.round(seconds / 3_600), 24, 'd', 'h');
}

function two(small: number, unit: number, bigName: string, smallName: string): string {
  const rest = small % unit;
  return `${String(Math.floor(small / unit))} ${bigName}${rest === 0 ? '' : ` ${String(rest)} ${smallName}`}`;
}

/** A time of the API as a person reads it: in their own clock, to the second. */
export function shownTime(iso: string | Date | null | undefined): string {
  if (iso === null || iso === undefined) return '';
  const at = typeof iso === 'string' ? new Date(iso) : iso;
  if (Number.isNaN(at.getTime())) return String(iso);
  const part = (value: number): string => String(value).padStart(2, '0');
  const day = `${String(at.getFullYear())}-${part(at.getMonth() + 1)}-${part(at.getDate())}`;
  return `${day} ${part(at.getHours())}:${part(at.getMinutes())}:${part(at.getSeconds())}`;
}
