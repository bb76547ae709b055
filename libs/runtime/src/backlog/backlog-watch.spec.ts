import { afterEach, describe, expect, it } from '@jest/globals';
import { Log } from '@signpost/observability';
import type { BacklogLook, BacklogWatcher } from '@signpost/ports';
import { BacklogWatch } from './backlog-watch.js';

class ScriptedWatcher implements BacklogWatcher {
  looks = 0;
  isAway = false;
  isClosed = false;
  async look(): Promise<BacklogLook> {
    this.looks += 1;
    if (this.isAway || this.isClosed) throw new Error('Kafka is away');
    return { atMs: this.looks, backlogs: [], retentionMs: [] };
  }
  close(): void {
    this.isClosed = true;
  }
}

const open: BacklogWatch[] = [];
afterEach(async () => {
  for (const watch of open.splice(0)) await watch.beforeApplicationShutdown();
});
const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
};

describe('watching the backlog', () => {
  it('says nothing new while a look fails, and goes on with the next that does not', async () => {
    const watcher = new ScriptedWatcher();
    const shown: number[] = [];
    const watch = new BacklogWatch(watcher, 2, ({ atMs }) => shown.push(atMs), Log.create('silent', 'test'));
    open.push(watch);
    watcher.isAway = true;
    watch.start();
    await until(() => watcher.looks >= 3);
    expect(shown).toEqual([]);
    watcher.isAway = false;
    await until(() => shown.length > 0);
  });

  it('ends with its process', async () => {
    const watcher = new ScriptedWatcher();
    const watch = new BacklogWatch(watcher, 3_600_000, () => undefined, Log.create('silent', 'test'));
    watch.start();
    await until(() => watcher.looks > 0);
    await watch.beforeApplicationShutdown();
    expect([watcher.looks, watcher.isClosed]).toEqual([1, true]);
  });
});
