import { afterEach, describe, expect, it } from '@jest/globals';
import { newId } from '@signpost/domain';
import { Log, Metrics } from '@signpost/observability';
import { RecoveryWork, type Recovery, type RecoveryLease } from '@signpost/ports';
import { until } from '@signpost/testing';
import { RecoveryWorker } from './recovery-worker.js';
import type { RecoverySteps, RecoveryStepTaken } from './recovery-steps.js';

/** As many recoveries as there are names, each claimed anew as soon as it is released. */
class ScriptedWork {
  readonly free: string[];
  readonly released: [string, number | undefined][] = [];
  readonly counts: string[] = [];
  readonly countsUnderWay: (() => void)[] = [];

  constructor(...names: string[]) {
    this.free = names;
  }
  claim(): Promise<{ readonly lease: RecoveryLease; readonly recovery: Recovery } | undefined> {
    const id = this.free.shift();
    if (id === undefined) return Promise.resolve(undefined);
    return Promise.resolve({ lease: { id, holder: 'one' }, recovery: { id } } as never);
  }
  release({ id }: RecoveryLease, afterMs?: number): Promise<void> {
    return Promise.resolve(void this.released.push([id, afterMs]));
  }
  count({ id }: RecoveryLease): Promise<void> {
    this.counts.push(id);
    return new Promise((resolve) => this.countsUnderWay.push(resolve));
  }
  renew = () => Promise.resolve(true);
  finish = () => Promise.resolve();
  forget = () => Promise.resolve();
}

const open: RecoveryWorker[] = [];
afterEach(async () => {
  for (const worker of open.splice(0)) await worker.beforeApplicationShutdown();
});

function start(work: ScriptedWork, step: () => RecoveryStepTaken): void {
  const steps = { next: () => Promise.resolve(step()) } as Partial<RecoverySteps> as RecoverySteps;
  const metrics = new Metrics({ processMetrics: false });
  const config = { perSecond: 500, perDelivery: 20 };
  const worker = new RecoveryWorker(
    work as Partial<RecoveryWork> as RecoveryWork,
    steps,
    metrics,
    Log.create('silent', 'test'),
    config,
  );
  open.push(worker);
  worker.start();
}

const soon = { timeoutMs: 30_000, everyMs: 5 } as const;

describe('the worker on recoveries', () => {
  it('makes way where as many are under way as may be, and nothing comes of them', async () => {
    const work = new ScriptedWork(newId('qtask', 0));
    start(work, () => ({ kind: 'full', againMs: 5 }));
    await until(() => work.released.length > 0, { ...soon, what: 'its turn to end' });
    // Not to be taken up again at once: somebody else is.
    expect(work.released[0]?.[1]).toBeGreaterThan(0);
  });

  it('counts one recovery after the other, and hands over meanwhile', async () => {
    const [one, two] = [newId('qtask', 0), newId('qtask', 0)];
    const work = new ScriptedWork(one, two);
    start(work, () => ({ kind: 'ended' }));
    await until(() => work.released.length === 2, { ...soon, what: 'both to be done' });
    expect(work.counts).toEqual([one]);
    work.countsUnderWay[0]?.();
    await until(() => work.counts.length === 2, { ...soon, what: 'the other to be counted' });
    work.countsUnderWay[1]?.();
  });
});
