import { eventDefinition } from '../event-definition.js';
import { LAST_FAILURE, OWNER, OWNER_UIDS } from './parts.js';
import { instant, oneOf, record } from '../schema.js';

export const ENDPOINT_DISABLED = eventDefinition({
  name: 'endpoint.disabled',
  version: 1,
  kind: 'operational',
  description: 'Signpost has switched an endpoint off. What it is owed is parked until it is enabled again.',
  data: record(
    'Which, and why.',
    {
      ...OWNER,
      failSince: instant('Nothing but failures since.'),
      trigger: oneOf('Who did it.', ['automatic']),
      reason: oneOf('gone: it answered 410. failing: it failed for too long.', ['gone', 'failing']),
      lastFailure: LAST_FAILURE,
    },
    OWNER_UIDS,
  ),
  example: {
    appId: 'app_2xV0mJq7Rk3uYw8Tn5Zc1Lb4Ds',
    appUid: 'shop-42',
    endpointId: 'ep_2xV0mKd9Wf6hGp2Xv7Qa3Rc8Ne',
    failSince: '2026-03-07T02:05:12Z',
    trigger: 'automatic',
    reason: 'failing',
    lastFailure: { reason: 'timeout:total' },
  },
});
