import { describe, expect, it } from '@jest/globals';
import { Log, Metrics } from '@signpost/observability';
import { WaitingWork, type OpenRecoveries } from '@signpost/ports';
import { WaitingReadings } from './waiting-readings.js';

class ScriptedWork extends WaitingWork {
  nowMs = 0;
  counts = 0;
  countTakesMs = 0;
  isAway = false;
  override async deadLetters() {
    if (this.isAway) throw new Error('the database is away');
    this.counts += 1;
    this.nowMs += this.countTakesMs;
    return { customer: 3, platform: this.counts };
  }
  override async oldestDeadLetters() {
    return { customer: 90, platform: 5 };
  }
  override async recoveries(): Promise<OpenRecoveries> {
    return { running: 2, paused: 1, done: 70, left: 30 };
  }
  override async oldestChange() {
    return 1.5;
  }
}

function scene() {
  const [work, metrics] = [new ScriptedWork(), new Metrics({ processMetrics: false })];
  const readings = new WaitingReadings(work, metrics, Log.create('silent', 'test'), () => work.nowMs);
  const shown = async () => {
    const lines = (await metrics.registry.metrics()).split('\n');
    return lines.filter((line) => /^signpost_(dead_letters_(waiting|oldest)|recover|outbox)/.test(line));
  };
  return { work, readings, shown };
}

const NOTHING = [
  'signpost_dead_letters_waiting{class="customer"} 0',
  'signpost_dead_letters_waiting{class="platform"} 0',
  'signpost_dead_letters_oldest_seconds{class="customer"} 0',
  'signpost_dead_letters_oldest_seconds{class="platform"} 0',
  'signpost_recoveries{state="running"} 0',
  'signpost_recoveries{state="paused"} 0',
  'signpost_recovery_deliveries{progress="done"} 0',
  'signpost_recovery_deliveries{progress="left"} 0',
  'signpost_outbox_oldest_seconds 0',
];

describe('what waits in the database', () => {
  it('is shown by who may count, and is nothing at all to the others', async () => {
    const { readings, shown } = scene();
    await readings.turn();
    expect(await shown()).toEqual([
      'signpost_dead_letters_waiting{class="customer"} 3',
      'signpost_dead_letters_waiting{class="platform"} 1',
      'signpost_dead_letters_oldest_seconds{class="customer"} 90',
      'signpost_dead_letters_oldest_seconds{class="platform"} 5',
      'signpost_recoveries{state="running"} 2',
      'signpost_recoveries{state="paused"} 1',
      'signpost_recovery_deliveries{progress="done"} 70',
      'signpost_recovery_deliveries{progress="left"} 30',
      'signpost_outbox_oldest_seconds 1.5',
    ]);
    readings.idle();
    expect(await shown()).toEqual(NOTHING);
  });

  it('is counted for a hundredth of the time at most', async () => {
    const { work, readings } = scene();
    work.countTakesMs = 1_000;
    await readings.turn();
    work.nowMs += 99_000;
    await readings.turn();
    expect(work.counts).toBe(1);
    work.nowMs += 1_000;
    await readings.turn();
    expect(work.counts).toBe(2);
  });

  it('stays as it was while the database is away, and is no reason to stop', async () => {
    const { work, readings, shown } = scene();
    await readings.turn();
    const before = await shown();
    work.isAway = true;
    await readings.turn();
    expect(await shown()).toEqual(before);
  });
});
