export interface RecoveryProgress {
  /** Undefined: not counted. */
  readonly total?: number;
  /** Handed over, and left out. */
  readonly done: number;
  readonly leftOut: number;
  /** Milliseconds since 1970. */
  readonly beganMs: number;
  readonly updatedMs: number;
  /** The most a second that it may hand over. */
  readonly perSecond: number;
}

/** Handed over a second, on average, to a tenth. */
export function recoveryRate({ done, beganMs, updatedMs }: RecoveryProgress): number {
  const seconds = Math.max(1, updatedMs - beganMs) / 1_000;
  return Math.round((done / seconds) * 10) / 10;
}

/** Milliseconds since 1970 at which it will be through at the speed it has had; undefined while that is not known. */
export function estimatedEndMs(progress: RecoveryProgress): number | undefined {
  const { total, done, leftOut, beganMs, updatedMs, perSecond } = progress;
  if (total === undefined) return undefined;
  const through = done + leftOut;
  const left = Math.max(0, total - through);
  const seconds = Math.max(1, updatedMs - beganMs) / 1_000;
  // What is left out takes no time of its own to speak of; before the first the cap is all that is known.
  const rate = through === 0 ? perSecond : through / seconds;
  return Math.round(updatedMs + (left / rate) * 1_000);
}
