import { performance } from 'node:perf_hooks';

// Linux' monotonic clock counts from boot, so that its readings in two processes of one machine may be compared.
const base = Number(process.hrtime.bigint()) / 1_000 - performance.now() * 1_000;

/** Microseconds of the machine's monotonic clock: the same in every process, never set back. */
export function nowMicros(): number {
  return base + performance.now() * 1_000;
}
