import { describe, expect, it } from '@jest/globals';
import { Histogram } from '../measure/histogram.js';
import type { Stamp } from '../wire/payload.js';
import { Generator } from './generator.js';
import type { Intake } from './intake.js';

class MemoryIntake implements Intake {
  readonly sent: Stamp[][] = [];

  constructor(
    readonly most: number,
    private readonly answer: (stamps: readonly Stamp[]) => Promise<void> = async () => undefined,
  ) {}

  send(stamps: readonly Stamp[]): Promise<void> {
    this.sent.push([...stamps]);
    return this.answer(stamps);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

describe('Generator', () => {
  it('sends at full speed no more than the backlog allows until some arrive', async () => {
    const intake = new MemoryIntake(4);
    const generator = new Generator(intake, { run: 1, pace: { kind: 'full', senders: 2, backlog: 10 }, events: 25 });
    const running = generator.run();
    await new Promise((resolve) => setImmediate(resolve));
    expect(generator.sent).toBe(10);
    generator.arrived(12);
    await new Promise((resolve) => setImmediate(resolve));
    expect(generator.sent).toBe(22);
    generator.arrived(22);
    expect((await running).sent).toBe(25);
    expect(Math.max(...intake.sent.map((stamps) => stamps.length))).toBe(4);
    expect(intake.sent.flat().map(({ sequence }) => sequence)).toEqual(Array.from({ length: 25 }, (_, at) => at));
  });

  it('stamps each event of a fixed rate with its own time, evenly, however late it goes out', async () => {
    const intake = new MemoryIntake(1);
    const result = await new Generator(intake, { run: 7, pace: { kind: 'rate', perSecond: 2_000 }, events: 50 }).run();
    const times = intake.sent.flat().map(({ atMicros }) => atMicros);
    for (const [at, time] of times.entries()) expect(time - (times[0] ?? 0)).toBeCloseTo(at * 500, 1);
    expect(result.sent).toBe(50);
    expect(Histogram.of(result.acknowledged).total).toBe(50);
  });

  it('names what was not acknowledged, and why', async () => {
    const intake = new MemoryIntake(1, async ([stamp]) => {
      if (stamp?.sequence === 2) throw new Error('503');
    });
    const plan = { run: 1, pace: { kind: 'full', senders: 1, backlog: 100 }, events: 5 } as const;
    const result = await new Generator(intake, plan).run();
    expect(result).toMatchObject({ sent: 5, unacknowledged: [2], firstRefusal: '503' });
  });

  it('ends a wait for arrivals when it is stopped', async () => {
    const generator = new Generator(new MemoryIntake(1), { run: 1, pace: { kind: 'full', senders: 3, backlog: 2 } });
    const running = generator.run();
    await new Promise((resolve) => setImmediate(resolve));
    generator.stop();
    expect((await running).sent).toBe(2);
  });
});
