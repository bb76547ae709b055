import { describe, expect, it } from '@jest/globals';
import { Fatal } from '@signpost/runtime';
import { startInOneProcess, type Boot } from './in-one-process.js';
import { Narrator } from './narrator.js';

/** Roles that fail whenever a test says so. */
function roles(): { readonly boot: Boot; readonly booted: Fatal[]; stops: number } {
  const state = { booted: [] as Fatal[], stops: 0, boot: undefined as unknown as Boot };
  state.boot = async () => {
    const fatal = new Fatal();
    state.booted.push(fatal);
    return { port: 8_080, fatal, stop: async () => void (state.stops += 1) };
  };
  return state;
}

function plan() {
  const said: string[] = [];
  const seen = { changed: 0, lost: [] as Error[], said };
  const narrator = new Narrator((text) => said.push(text));
  const watcher = { changed: () => void (seen.changed += 1), lost: (error: Error) => void seen.lost.push(error) };
  return { seen, plan: { names: ['api' as const], env: {}, port: 8_080, home: undefined as never, narrator, watcher } };
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

describe('startInOneProcess', () => {
  it('starts the roles again when one of them cannot go on', async () => {
    const fake = roles();
    const { seen, plan: given } = plan();
    const running = await startInOneProcess(fake.boot, given);
    expect(running.processes).toEqual([{ role: 'api', pid: process.pid, metricsUrl: 'http://127.0.0.1:8080/metrics' }]);
    fake.booted[0]?.raise(new Error('the consumer gave up'));
    await until(() => seen.changed === 1);
    expect([fake.booted.length, fake.stops]).toEqual([2, 1]);
    expect(seen.said.join('')).toContain('the consumer gave up');
    await running.stop();
    expect(fake.stops).toBe(2);
  });

  it('lets a failure pass that comes while it stops', async () => {
    const fake = roles();
    const { plan: given } = plan();
    const running = await startInOneProcess(fake.boot, given);
    await running.stop();
    fake.booted[0]?.raise(new Error('late'));
    await turn();
    expect(fake.booted).toHaveLength(1);
  });
});
