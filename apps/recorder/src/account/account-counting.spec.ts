import { afterEach, describe, expect, it } from '@jest/globals';
import { DIFFERENCES, type Difference } from '@signpost/domain';
import { Log, Metrics } from '@signpost/observability';
import { DeliveryAccountBooks, PipelineProgress, type AccountProgress, type Settled } from '@signpost/ports';
import { AccountCounting } from './account-counting.js';

class ScriptedBooks extends DeliveryAccountBooks {
  isHeld = true;
  released = 0;
  settledAts: Date[] = [];
  readonly countedBy: (Date | undefined)[] = [];
  nowMs = 1_000;
  failures = 0;
  async hold(): Promise<AccountProgress | undefined> {
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('the database is away');
    }
    this.nowMs += 1_000;
    const last = this.settledAts.at(-1);
    const progress = { now: new Date(this.nowMs), countedFrom: new Date(0) };
    return this.isHeld ? { ...progress, ...(last === undefined ? {} : { settledAt: last }) } : undefined;
  }
  async settled(at: Date): Promise<void> {
    this.settledAts.push(at);
  }
  async count(settledAt: Date | undefined): Promise<number> {
    this.countedBy.push(settledAt);
    return 3;
  }
  async differences(): Promise<Readonly<Record<Difference, number>>> {
    return {
      ...(Object.fromEntries(DIFFERENCES.map((kind) => [kind, 0])) as Record<Difference, number>),
      unmatched: 7,
    };
  }
  async release(): Promise<void> {
    this.released += 1;
  }
}

class HeldProgress extends PipelineProgress {
  readonly looks: ((settled: Settled) => void)[] = [];
  settled(): Promise<Settled> {
    return new Promise((resolve) => this.looks.push(resolve));
  }
}

const open: AccountCounting[] = [];
afterEach(async () => {
  for (const counting of open.splice(0)) await counting.beforeApplicationShutdown();
});

function scene() {
  const [books, progress] = [new ScriptedBooks(), new HeldProgress()];
  const metrics = new Metrics({ processMetrics: false });
  const beside = {
    turns: 0,
    idles: 0,
    turn: async () => void (beside.turns += 1),
    idle: () => void (beside.idles += 1),
  };
  const counting = new AccountCounting(books, progress, 5, metrics, Log.create('silent', 'test'), beside);
  open.push(counting);
  const shown = async (name: string) => {
    const line = (await metrics.registry.metrics()).split('\n').find((each) => each.startsWith(name)) ?? '';
    return Number(line.split(' ').at(-1));
  };
  const until = async (condition: () => boolean | Promise<boolean>) => {
    while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  return { books, progress, counting, beside, shown, until };
}

describe('counting the account', () => {
  it('takes a look for what it was when it began, however late it goes through, and counts meanwhile', async () => {
    const { books, progress, counting, shown, until } = scene();
    counting.start();
    await until(() => books.countedBy.length >= 2);
    expect(books.countedBy[0]).toBeUndefined();
    expect(progress.looks).toHaveLength(1);
    progress.looks[0]?.({ kind: 'settled' });
    await until(() => books.settledAts.length > 0);
    expect(books.settledAts).toEqual([new Date(2_000)]);
    await until(() => books.countedBy.at(-1) !== undefined);
    expect(books.countedBy.at(-1)).toEqual(new Date(2_000));
    expect(await shown('signpost_account_difference{kind="unmatched"}')).toBe(7);
    expect(await shown('signpost_account_settled_timestamp_seconds')).toBe(2);
  });

  it('shows nothing while another process counts', async () => {
    const { books, counting, beside, shown, until } = scene();
    counting.start();
    await until(async () => (await shown('signpost_account_difference{kind="unmatched"}')) === 7);
    await until(() => beside.turns > 0);
    books.isHeld = false;
    await until(async () => (await shown('signpost_account_difference{kind="unmatched"}')) === 0);
    const idles = beside.idles;
    await until(() => beside.idles > idles);
    const [counted, turns] = [books.countedBy.length, beside.turns];
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(books.countedBy).toHaveLength(counted);
    expect(beside.turns).toBe(turns);
  });

  it('does what else one process does for all while a minute takes its time to count', async () => {
    const { books, counting, beside, until } = scene();
    const counted = Promise.withResolvers<number>();
    books.count = () => counted.promise;
    counting.start();
    await until(() => beside.turns >= 3);
    counted.resolve(1);
  });

  it('goes on after a failure, and gives its right back when it stops', async () => {
    const { books, counting, until } = scene();
    books.failures = 2;
    counting.start();
    await until(() => books.countedBy.length > 0);
    await counting.beforeApplicationShutdown();
    expect(books.released).toBe(1);
  });
});
