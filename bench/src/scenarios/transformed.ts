import { createTenant, type Tenant } from '../stage/tenant.js';
import type { Stage } from '../stage/stage.js';
import { runLoad } from './run.js';
import type { Scenario } from './scenario.js';
import { summarise } from './summary.js';
import { sendersOf, wayIn } from './ways-in.js';

const NAME = 'transformed';
/** Events on their way at most, at full speed. */
const BACKLOG = 2_000;
const PER_SECOND = 300;
/** A new name in the payload: the stamp that the receiver reads stays where it is. */
const CODE = 'function handler(webhook) { webhook.payload.data.shop = "42"; return webhook; }';

/** One endpoint without a transformation and one with it, in turns: at full speed, and at a rate that leaves room. */
export const transformed: Scenario = {
  name: NAME,
  long: true,
  about: `one endpoint without and with a transformation: at full speed over Kafka, and at ${String(PER_SECOND)} events/s over HTTP`,
  prepare: async ({ stage, log, flags, tell }) => {
    const plain = await createTenant(stage, `${NAME}-not`, 1);
    const made = await withTransformation(stage);
    const { seconds, warmSeconds } = flags;
    const turn = (name: string, tenant: Tenant, way: 'kafka' | 'http') => {
      const intake = wayIn(stage, way, tenant.application);
      const pace =
        way === 'kafka'
          ? ({ kind: 'full', senders: sendersOf(way), backlog: BACKLOG } as const)
          : ({ kind: 'rate', perSecond: PER_SECOND } as const);
      const load = { tenant, intake, pace, seconds, warmSeconds };
      const paths = tenant.endpoints.map(({ path }) => path);
      return { name, run: async () => summarise(await runLoad(stage, log, load, tell), paths) };
    };
    return [
      turn(`${NAME}, without`, plain, 'kafka'),
      turn(`${NAME}, with`, made, 'kafka'),
      turn(`${NAME}, without, ${String(PER_SECOND)}/s`, plain, 'http'),
      turn(`${NAME}, with, ${String(PER_SECOND)}/s`, made, 'http'),
    ];
  },
};

/** No event is sent before the transformation is known: both tenants' are given the same time. */
async function withTransformation(stage: Stage): Promise<Tenant> {
  const tenant = await createTenant(stage, NAME, 1);
  for (const { id } of tenant.endpoints) {
    const path = `/api/v1/app/${tenant.application}/endpoint/${id}/transformation`;
    await stage.deployment.call('PUT', path, { code: CODE });
  }
  return tenant;
}
