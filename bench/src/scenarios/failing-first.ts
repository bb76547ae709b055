import { createTenant } from '../stage/tenant.js';
import { retryLateness, named, summarise } from './summary.js';
import { runLoad } from './run.js';
import type { Scenario } from './scenario.js';
import { wayIn } from './ways-in.js';

const NAME = 'first-attempts-fail';
const PER_SECOND = 200;
const WAIT_SECONDS = 1;

/** Every first attempt is answered 500 and comes back through the tier of one second. */
export const failingFirst: Scenario = {
  name: NAME,
  about: `one endpoint, ${String(PER_SECOND)} events/s, every first attempt fails and waits ${String(WAIT_SECONDS)} s`,
  prepare: async ({ stage, log, flags, tell }) => {
    const tenant = await createTenant(stage, NAME, 1, [WAIT_SECONDS, WAIT_SECONDS, 5]);
    const run = async () => {
      const result = await runLoad(
        stage,
        log,
        {
          tenant,
          intake: wayIn(stage, 'http', tenant.application),
          pace: { kind: 'rate', perSecond: PER_SECOND },
          seconds: flags.seconds,
          warmSeconds: flags.warmSeconds,
          behaviours: new Map([[0, { kind: 'fail-first', times: 1, status: 500 }]]),
        },
        tell,
      );
      const paths = tenant.endpoints.map(({ path }) => path);
      return {
        ...summarise(result, paths),
        ...named('retryLatenessMs', retryLateness(result, WAIT_SECONDS * 1_000)),
      };
    };
    return [{ name: NAME, run }];
  },
};
