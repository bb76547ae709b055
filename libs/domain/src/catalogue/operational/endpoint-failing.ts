import { eventDefinition } from '../event-definition.js';
import { LAST_FAILURE, OWNER, OWNER_UIDS } from './parts.js';
import { instant, integer, record } from '../schema.js';

export const ENDPOINT_FAILING = eventDefinition({
  name: 'endpoint.failing',
  version: 1,
  kind: 'operational',
  description:
    'An endpoint has answered with nothing but failures for a good part of the time after which it is disabled.',
  data: record(
    'Which, since when, and what will happen.',
    {
      ...OWNER,
      failSince: instant('Nothing but failures since.'),
      percent: integer('How much of the time until it is disabled has passed.', 0, 100),
      disablesAt: instant('When it will be disabled if it goes on.'),
      lastFailure: LAST_FAILURE,
    },
    OWNER_UIDS,
  ),
  example: {
    appId: 'app_2xV0mJq7Rk3uYw8Tn5Zc1Lb4Ds',
    appUid: 'shop-42',
    endpointId: 'ep_2xV0mKd9Wf6hGp2Xv7Qa3Rc8Ne',
    failSince: '2026-03-07T02:05:12Z',
    percent: 50,
    disablesAt: '2026-03-12T02:05:12Z',
    lastFailure: { reason: 'http:503', status: 503 },
  },
});
