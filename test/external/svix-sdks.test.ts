import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { runClient, type Fields, type StepResult } from './svix/client-run.js';
import { CLIENTS } from './svix/clients.js';
import { ExternalScene } from './svix/scene.js';
import { STEPS } from './svix/steps.js';
import { build } from './toolchain/build.js';

const CLIENT_MS = 180_000;

jest.setTimeout(CLIENT_MS + 60_000);

// Before any test is named: what is not to be had is skipped, and says so.
const built = CLIENTS.map((client) => ({ client, outcome: build(client.program) }));

/** Published SDKs of the Svix API, as its users have them, against a running Signpost. */
describe('Svix SDKs', () => {
  let opened: ExternalScene | undefined;
  const scene = (): ExternalScene => {
    if (opened === undefined) throw new Error('Signpost does not run');
    return opened;
  };
  beforeAll(async () => {
    if (built.some(({ outcome }) => outcome.kind === 'built')) opened = await ExternalScene.open();
  });
  afterAll(() => opened?.close());

  for (const { client, outcome } of built) {
    const { language, version, major, readsRotation } = client;
    if (outcome.kind === 'missing') {
      describe.skip(`${language} ${version}`, () => {
        it(outcome.reason, () => undefined);
      });
      continue;
    }
    describe(`${language} ${version}`, () => {
      const path = `/${language}-${String(major)}`;
      let told: ReadonlyMap<string, StepResult> = new Map();
      const steps = new Map<string, Fields>();

      beforeAll(async () => {
        if (outcome.kind === 'broken') throw new Error(outcome.reason);
        const caller = await scene().caller(`${language}-${String(major)}`);
        const { command, args, env } = client.run(outcome.folder);
        const given = {
          SIGNPOST_URL: scene().origin,
          SIGNPOST_KEY: caller.key,
          RECEIVER_URL: scene().receiver.url('').replace(/\/$/, ''),
          RECEIVER_PATH: path,
          SVIX_MAJOR: String(major),
        };
        const run = { command, args, cwd: outcome.folder, env: { ...env, ...given } };
        told = await runClient(run, caller.answer, CLIENT_MS);
        for (const { step, result } of told.values()) if (result !== undefined) steps.set(step, result);
      });

      it('takes no step that is not looked at', () => {
        expect([...told.keys()].filter((step) => !Object.hasOwn(STEPS, step))).toEqual([]);
      });

      it.each(Object.entries(STEPS).filter(([step]) => client.lacks?.includes(step) !== true))('%s', (step, check) => {
        const line = told.get(step);
        if (line?.result === undefined) throw new Error(line?.error ?? 'the client did not take this step');
        check(line.result, { steps, url: scene().receiver.url(path), readsRotation });
      });
    });
  }
});
