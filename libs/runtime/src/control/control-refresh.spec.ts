import { describe, expect, it } from '@jest/globals';
import { Log } from '@signpost/observability';
import { ControlDirectory } from './control-directory.js';
import { ControlRefresh } from './control-refresh.js';

function setup(): { refresh: ControlRefresh; readings: PromiseWithResolvers<undefined>[] } {
  const readings: PromiseWithResolvers<undefined>[] = [];
  const control = Object.create(ControlDirectory.prototype, {
    refresh: {
      value: () => {
        const reading = Promise.withResolvers<undefined>();
        readings.push(reading);
        return reading.promise;
      },
    },
  }) as ControlDirectory;
  return { refresh: new ControlRefresh(control, Log.create('silent', 'test')), readings };
}
const until = async (condition: () => boolean): Promise<void> => {
  for (let looks = 0; !condition() && looks < 500; looks += 1) await new Promise((resolve) => setTimeout(resolve, 10));
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('ControlRefresh', () => {
  it('serves all who ask before a reading begins with that one, and the later ones with one more', async () => {
    const { refresh, readings } = setup();
    const early = [refresh.refresh(), refresh.refresh()];
    await turn();
    expect(readings).toHaveLength(1);
    let late = 'waiting';
    const later = [refresh.refresh(), refresh.refresh()];
    void later[0]?.then(() => (late = 'served'));
    await turn();
    expect(readings).toHaveLength(1);
    readings[0]?.resolve(undefined);
    await Promise.all(early);
    await turn();
    expect([readings.length, late]).toEqual([2, 'waiting']);
    readings[1]?.resolve(undefined);
    await Promise.all(later);
  });

  it('tries again when a reading fails', async () => {
    const { refresh, readings } = setup();
    const asked = refresh.refresh();
    await turn();
    readings[0]?.reject(new Error('no broker'));
    await until(() => readings.length === 2);
    readings[1]?.resolve(undefined);
    await asked;
  });
});
