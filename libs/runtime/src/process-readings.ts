import { performance, type EventLoopUtilization } from 'node:perf_hooks';
import type { Metrics } from '@signpost/observability';
import type { RoleName } from './role.js';

/** What runs in this process, and how busy its one thread is. */
export function showProcess({ of }: Metrics, roles: readonly RoleName[]): void {
  for (const role of roles) of.processRole.set(1, { role });
  let before: EventLoopUtilization = performance.eventLoopUtilization();
  of.eventLoopUtilization.onScrape(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    // No time has passed where it is not a number.
    return Number.isFinite(utilization) ? utilization : 0;
  });
}
