import { createTenant } from '../stage/tenant.js';
import { runLoad } from './run.js';
import type { Scenario } from './scenario.js';
import { summarise } from './summary.js';
import { wayIn } from './ways-in.js';

/** Time from an event's moment to its arrival at one endpoint, at a rate that leaves room. One event a request. */
export function fixedRate(perSecond: number): Scenario {
  const name = `latency-${String(perSecond)}`;
  return {
    name,
    about: `one endpoint, ${String(perSecond)} events/s over HTTP, one event a request`,
    prepare: async ({ stage, log, flags, tell }) => {
      const tenant = await createTenant(stage, name, 1);
      const run = async () =>
        summarise(
          await runLoad(
            stage,
            log,
            {
              tenant,
              intake: wayIn(stage, 'http', tenant.application),
              pace: { kind: 'rate', perSecond },
              seconds: flags.seconds,
              warmSeconds: flags.warmSeconds,
            },
            tell,
          ),
          tenant.endpoints.map(({ path }) => path),
        );
      return [{ name, run }];
    },
  };
}
