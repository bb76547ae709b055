import { describe, expect, it } from '@jest/globals';
import { turn } from '@signpost/testing/held-sink';
import { BulkTurns } from './bulk-turns.js';

/** Work that ends when the test says so. */
function setup(count: number): { turns: BulkTurns; begun: number[]; end: (number: number) => Promise<void> } {
  const turns = new BulkTurns();
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const give = (): void => {
    for (let number = 0; number < count; number += 1) {
      void turns.run(() => {
        begun.push(number);
        return new Promise<void>((resolve) => {
          ends[number] = resolve;
        });
      });
    }
  };
  queueMicrotask(give);
  const end = async (number: number): Promise<void> => {
    ends[number]?.();
    await turn();
  };
  return { turns, begun, end };
}

async function turnsLater(): Promise<void> {
  for (let time = 0; time < 100; time += 1) await turn();
}

describe('BulkTurns', () => {
  it('has no more than a little under way while the other topic has some', async () => {
    const { turns, begun } = setup(2_000);
    turns.began(10);
    await turnsLater();
    expect(begun).toHaveLength(64);
  });

  it('has an eighth of what the other topic has, where that is much', async () => {
    const { turns, begun } = setup(2_000);
    turns.began(4_000);
    await turnsLater();
    expect(begun).toHaveLength(500);
  });

  it('has much under way where the other topic has nothing, and begins it a little at a time', async () => {
    const { begun } = setup(2_000);
    await Promise.resolve();
    expect(begun).toHaveLength(32);
    await turnsLater();
    expect(begun).toHaveLength(1_000);
  });

  it('goes on as work ends, and as the other topic becomes quiet, in order', async () => {
    const { turns, begun, end } = setup(200);
    turns.began(1);
    await turnsLater();
    await end(3);
    expect(begun).toHaveLength(65);
    await turnsLater();
    turns.ended();
    await turnsLater();
    expect(begun).toEqual(Array.from({ length: 200 }, (_, number) => number));
  });

  it('tells whoever gave it work that it failed, and goes on', async () => {
    const turns = new BulkTurns();
    turns.began(1);
    const failing = Array.from({ length: 64 }, () => turns.run(() => Promise.reject(new Error('no'))));
    const after = turns.run(() => Promise.resolve());
    await expect(Promise.any(failing)).rejects.toThrow();
    await after;
  });
});
