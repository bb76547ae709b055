import { describe, expect, it } from '@jest/globals';
import { Keeper } from './keeper.js';
import { Narrator } from './narrator.js';

function keeper() {
  const seen = { said: '', lost: [] as Error[] };
  const narrator = new Narrator((text) => void (seen.said += text));
  return { seen, keeper: new Keeper(narrator, (error) => void seen.lost.push(error)) };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('Keeper', () => {
  it('starts what ended by itself again, and says so', async () => {
    const { seen, keeper: subject } = keeper();
    let alive = false;
    subject.keep('Kafka', { isAlive: () => alive, restart: async () => void (alive = true) });
    await until(() => seen.said.includes('Kafka works again'));
    expect(seen.said).toContain('Kafka ended by itself');
    expect(seen.lost).toEqual([]);
    subject.stop();
  });

  it('gives up on what does not start again, in one sentence', async () => {
    const { seen, keeper: subject } = keeper();
    subject.keep('PostgreSQL', { isAlive: () => false, restart: () => Promise.reject(new Error('the disk is full')) });
    await until(() => seen.lost.length === 1);
    expect(seen.lost[0]?.message).toBe('PostgreSQL ended by itself and does not start again: the disk is full');
  });

  it('leaves alone what is stopped on purpose', async () => {
    const { seen, keeper: subject } = keeper();
    subject.keep('Kafka', { isAlive: () => false, restart: () => Promise.reject(new Error('unwanted')) });
    subject.stop();
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(seen).toEqual({ said: '', lost: [] });
  });
});
