import { describe, expect, it } from '@jest/globals';
import { Scrapes } from './scrapes.js';

function scene(takenWithinMs = 60_000) {
  const clock = { nowMs: 0 };
  const made: PromiseWithResolvers<string>[] = [];
  const registry = {
    contentType: 'text/plain; as it says',
    metrics: () => {
      const one = Promise.withResolvers<string>();
      made.push(one);
      return one.promise;
    },
  };
  return { clock, made, scrapes: new Scrapes(registry, () => clock.nowMs, takenWithinMs) };
}

describe('a rendering', () => {
  it('is shared by those who ask while it is made, and for fifty times as long as it took', async () => {
    const { clock, made, scrapes } = scene();
    const asked = [scrapes.render(), scrapes.render()];
    clock.nowMs = 10;
    made[0]?.resolve('one 1\n');
    const [first, second] = await Promise.all(asked);
    expect(first?.body.toString()).toBe('one 1\n');
    expect(first?.contentType).toBe('text/plain; as it says');
    expect(second?.body).toBe(first?.body);
    clock.nowMs = 509;
    expect((await scrapes.render()).body).toBe(first?.body);
    clock.nowMs = 510;
    const third = scrapes.render();
    made[1]?.resolve('one 2\n');
    expect((await third).body.toString()).toBe('one 2\n');
  });

  it('is no older than a second, however long it took', async () => {
    const { clock, made, scrapes } = scene();
    const asked = scrapes.render();
    clock.nowMs = 5_000;
    made[0]?.resolve('');
    await asked;
    clock.nowMs = 6_000;
    void scrapes.render();
    expect(made).toHaveLength(2);
  });

  it('is made anew after one that failed', async () => {
    const { made, scrapes } = scene();
    const asked = scrapes.render();
    made[0]?.reject(new Error('a reading failed'));
    await expect(asked).rejects.toThrow('a reading failed');
    const again = scrapes.render();
    made[1]?.resolve('one 1\n');
    expect((await again).body.toString()).toBe('one 1\n');
  });
});

describe('who scrapes', () => {
  const admitted = (scrapes: Scrapes, address: string, tries: number) =>
    Array.from({ length: tries }, () => scrapes.admit(address, () => undefined)).filter((one) => one !== undefined);

  it('has four answers at once, and its place again once one is gone', () => {
    const { scrapes } = scene();
    const places = admitted(scrapes, '10.0.0.1', 6);
    expect(places).toHaveLength(4);
    places[0]?.();
    places[0]?.();
    expect(admitted(scrapes, '10.0.0.1', 6)).toHaveLength(1);
    expect(admitted(scrapes, '10.0.0.2', 1)).toHaveLength(1);
  });

  it('has fifty in a second, and leaves the others theirs', () => {
    const { clock, scrapes } = scene();
    const hammered = (): number => {
      let count = 0;
      for (let n = 0; n < 1_000; n += 1) {
        const gone = scrapes.admit('10.0.0.1', () => undefined);
        if (gone !== undefined) count += 1;
        gone?.();
      }
      return count;
    };
    expect(hammered()).toBe(50);
    expect(admitted(scrapes, '10.0.0.2', 1)).toHaveLength(1);
    clock.nowMs = 1_000;
    expect(hammered()).toBe(50);
  });

  it('finds no room while very many are at it', () => {
    const { scrapes } = scene();
    const places = Array.from({ length: 40 }, (_, n) => scrapes.admit(`10.0.1.${String(n)}`, () => undefined));
    expect(places.filter((one) => one !== undefined)).toHaveLength(32);
    for (const gone of places) gone?.();
    expect(admitted(scrapes, '10.0.2.1', 1)).toHaveLength(1);
  });

  it('is cut off when he takes no answer, and not when he has', async () => {
    const { scrapes } = scene(5);
    const cut: string[] = [];
    const taken = scrapes.admit('10.0.0.1', () => cut.push('who took it'));
    taken?.();
    await new Promise<void>((resolve) => {
      scrapes.admit('10.0.0.2', () => {
        cut.push('who did not');
        resolve();
      });
    });
    expect(cut).toEqual(['who did not']);
  });
});
