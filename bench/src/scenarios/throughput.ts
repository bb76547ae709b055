import { createTenant } from '../stage/tenant.js';
import { runLoad } from './run.js';
import type { Scenario } from './scenario.js';
import { summarise } from './summary.js';
import { sendersOf, wayIn, type WayIn } from './ways-in.js';

/** Events on their way at most: enough to keep every process busy, few enough to measure them, not a queue. */
const BACKLOG = 2_000;

/** As fast as it goes: new events go in as old ones arrive. */
export function throughput(name: string, about: string, way: WayIn, endpoints: number): Scenario {
  return {
    name,
    about,
    prepare: async ({ stage, log, flags, tell }) => {
      const tenant = await createTenant(stage, name, endpoints);
      const run = async () =>
        summarise(
          await runLoad(
            stage,
            log,
            {
              tenant,
              intake: wayIn(stage, way, tenant.application),
              pace: { kind: 'full', senders: sendersOf(way), backlog: Math.ceil(BACKLOG / endpoints) },
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
