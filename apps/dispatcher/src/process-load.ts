import { performance, type EventLoopUtilization } from 'node:perf_hooks';

const BUSY = 0.8;

/** How much of its time this process's one thread was at work, between the last two measurements. */
export class ProcessLoad {
  private last: EventLoopUtilization = performance.eventLoopUtilization();
  private utilization = 0;

  get isBusy(): boolean {
    return this.utilization >= BUSY;
  }

  measure(): void {
    const now = performance.eventLoopUtilization();
    this.utilization = performance.eventLoopUtilization(now, this.last).utilization;
    this.last = now;
  }
}
