import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deadLetterHeaders, TOPICS } from '@signpost/contracts';
import { Metrics } from '@signpost/observability';
import { aLetter } from '../dead-letters/letters.js';
import { RecoveryScene } from './recovery-scene.js';

describe('what the metrics tell of what waits for people', () => {
  let scene: RecoveryScene;
  beforeAll(async () => {
    scene = await RecoveryScene.open({ RECORDER_ACCOUNT_EVERY_MS: '100' });
  });
  afterAll(() => scene.close());

  const value = async (series: string): Promise<number> => {
    const text = await scene.on.api.process.app.get(Metrics).registry.metrics();
    const line = text.split('\n').find((each) => each.startsWith(`${series} `));
    return line === undefined ? Number.NaN : Number(line.slice(series.length));
  };
  const until = (what: string, series: string, expected: number) =>
    scene.on.until(what, async () => (await value(series)) === expected);

  it('is dead letters by who has to look first', async () => {
    const of = { applicationId: scene.on.app, endpointId: await scene.on.endpoint() };
    const letters = [
      aLetter(of),
      aLetter({ ...of, atMs: Date.now() - 60_000 }),
      aLetter({ ...of, last: 'network:OTHER' }),
    ];
    expect(letters.map(({ reasonClass }) => reasonClass)).toEqual(['customer', 'customer', 'platform']);
    for (const letter of letters) {
      await scene.on.api.sink.append({
        topic: TOPICS.deadLetter,
        key: of.endpointId,
        value: Buffer.from('{}'),
        headers: deadLetterHeaders(letter),
      });
    }
    await until('the two', 'signpost_dead_letters_waiting{class="customer"}', 2);
    await until('the other', 'signpost_dead_letters_waiting{class="platform"}', 1);
    expect(await value('signpost_dead_letters_oldest_seconds{class="customer"}')).toBeGreaterThanOrEqual(60);
    expect(await value('signpost_dead_letters_oldest_seconds{class="platform"}')).toBeLessThan(60);
  });

  it('is how far recoveries are that have not ended', async () => {
    const endpoint = await scene.on.endpoint();
    await scene.on.dead(endpoint, 6);
    const { id } = await scene.begin({ kind: 'redrive', select: { endpointId: endpoint }, concurrency: 2 });
    await until('it to run', 'signpost_recoveries{state="running"}', 1);
    await until('two to be handed over', 'signpost_recovery_deliveries{progress="done"}', 2);
    await until('four to be left', 'signpost_recovery_deliveries{progress="left"}', 4);
    await scene.command(id, 'pause');
    await until('it to be paused', 'signpost_recoveries{state="paused"}', 1);
    expect(await value('signpost_recoveries{state="running"}')).toBe(0);
    await scene.command(id, 'abort');
    await until('it to have ended', 'signpost_recoveries{state="paused"}', 0);
    expect(await value('signpost_recovery_deliveries{progress="left"}')).toBe(0);
  });

  it('is how the pools of connections are used', async () => {
    expect(await value('signpost_database_connections_limit{pool="log"}')).toBe(4);
    expect(await value('signpost_database_connections_limit{pool="control-plane"}')).toBe(10);
    await scene.on.until('the control plane to use a connection', async () => {
      await scene.on.api.call('GET', '/api/v1/app');
      const open = (state: string) => value(`signpost_database_connections{pool="control-plane",state="${state}"}`);
      return (await open('idle')) + (await open('busy')) > 0;
    });
    expect(await value('signpost_database_queries_waiting{pool="log"}')).toBe(0);
    expect(await value('signpost_recorder_write_duration_seconds_count')).toBeGreaterThan(0);
    expect(await value('signpost_process_role{role="recorder"}')).toBe(1);
    expect(await value('signpost_process_role{role="dispatcher"}')).toBeNaN();
  });
});
