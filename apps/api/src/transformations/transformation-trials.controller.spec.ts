import { describe, expect, it } from '@jest/globals';
import type { ApplicationId } from '@signpost/domain';
import type { ObservedRun } from '@signpost/ports';
import { TransformationTrialsController } from './transformation-trials.controller.js';

type Parts = ConstructorParameters<typeof TransformationTrialsController>;
type Asked = Parameters<TransformationTrialsController['try']>;

const DONE: ObservedRun = { outcome: { kind: 'declined' }, console: [], cpuMs: 1 };

/** Trials that end when they are told to. */
function setup() {
  const running: (() => void)[] = [];
  const [owned, log, lookup, transformer, transformations] = [
    {
      endpoint: (_: unknown, appId: string) =>
        Promise.resolve({ applicationId: appId as ApplicationId, url: 'https://a' }),
    },
    {},
    {},
    { observe: () => new Promise<ObservedRun>((resolve) => running.push(() => resolve(DONE))) },
    {},
  ] as unknown[] as Parts;
  const controller = new TransformationTrialsController(owned, log, lookup, transformer, transformations);
  const body = { code: 'x', limit: 1, example: { eventType: 'a', payload: {} } } as unknown as Asked[3];
  const attempt = (appId: string) => controller.try({} as unknown as Asked[0], appId, 'ep', body);
  return { running, attempt };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('trials of transformations', () => {
  it('leaves room to others, however many one application asks for', async () => {
    const { running, attempt } = setup();
    const own = [attempt('app_1'), attempt('app_1')];
    await turn();
    await expect(attempt('app_1')).rejects.toMatchObject({ code: 'trials_busy' });
    const other = attempt('app_2');
    await turn();
    running.splice(0).forEach((end) => end());
    expect((await Promise.all([...own, other])).map(({ data }) => data[0]?.outcome)).toEqual(Array(3).fill('declined'));
    const again = attempt('app_1');
    await turn();
    running.forEach((end) => end());
    await again;
  });
});
