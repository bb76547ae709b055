import { eventDefinition } from '../event-definition.js';
import { OWNER, OWNER_UIDS } from './parts.js';
import { instant, record } from '../schema.js';

export const ENDPOINT_RECOVERED = eventDefinition({
  name: 'endpoint.recovered',
  version: 1,
  kind: 'operational',
  description: 'An endpoint that was warned about answers again.',
  data: record('Which.', { ...OWNER, failSince: instant('It had failed since.') }, OWNER_UIDS),
  example: {
    appId: 'app_2xV0mJq7Rk3uYw8Tn5Zc1Lb4Ds',
    appUid: 'shop-42',
    endpointId: 'ep_2xV0mKd9Wf6hGp2Xv7Qa3Rc8Ne',
    failSince: '2026-03-07T02:05:12Z',
  },
});
