/** Numbers from 0 to below 1 that follow from a seed (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface Behaviour {
  readonly status: number;
  /** From 0 to 1. */
  readonly failRate: number;
  /** 0: the connection is closed without an answer. */
  readonly failStatus: number;
  readonly latency: { readonly least: number; readonly most: number };
}

export interface PlannedAnswer {
  readonly status: number;
  readonly isFailure: boolean;
  readonly delayMs: number;
}

/** What the next request is answered; `next` is asked twice each time, so that one setting does not move the other. */
export function plannedAnswer({ status, failRate, failStatus, latency }: Behaviour, next: () => number): PlannedAnswer {
  const isFailure = next() < failRate;
  const delayMs = Math.round(latency.least + next() * (latency.most - latency.least));
  return { status: isFailure ? failStatus : status, isFailure, delayMs };
}
