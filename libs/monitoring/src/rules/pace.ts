/**
 * How fast the time of rules goes. The committed rules keep the clock's; a drill, which cannot wait for an hour of
 * errors, takes the same rules with every window, wait and age shortened by one factor.
 */
export interface Pace {
  /** As PromQL and rule files write a duration: '5m'. */
  readonly duration: (seconds: number) => string;
  /** A number of seconds to compare with. */
  readonly seconds: (seconds: number) => number;
}

const UNITS = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'm', ms: 60_000 },
  { name: 's', ms: 1_000 },
  { name: 'ms', ms: 1 },
] as const;

/** @param quicker how many seconds of the rules pass in one second of the clock */
export function paceOf(quicker: number): Pace {
  return {
    duration: (seconds) => {
      const ms = Math.round((seconds * 1_000) / quicker);
      const unit = UNITS.find((each) => ms >= each.ms && ms % each.ms === 0);
      return unit === undefined ? '0s' : `${String(ms / unit.ms)}${unit.name}`;
    },
    seconds: (seconds) => seconds / quicker,
  };
}

export const REAL_PACE = paceOf(1);

export const MINUTE = 60;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
