import { eventDefinition } from '../event-definition.js';
import { LAST_FAILURE, OWNER, OWNER_UIDS } from './parts.js';
import { instant, integer, record, text } from '../schema.js';

export const MESSAGE_ATTEMPT_EXHAUSTED = eventDefinition({
  name: 'message.attempt.exhausted',
  version: 1,
  kind: 'operational',
  description: 'A delivery has used up its retry schedule: it is a dead letter, and is not tried again by itself.',
  data: record(
    'Which message, to whom, and how the last attempt went.',
    { ...OWNER, msgId: text('The message.'), eventType: text('Its event type.') },
    {
      ...OWNER_UIDS,
      lastAttempt: record('The last one.', {
        id: text('Its id.'),
        timestamp: instant('When.'),
        responseStatusCode: integer('0: there was no answer.', 0, 999),
      }),
      attempts: integer('How many there were.', 1),
      lastFailure: LAST_FAILURE,
    },
  ),
  example: {
    appId: 'app_2xV0mJq7Rk3uYw8Tn5Zc1Lb4Ds',
    appUid: 'shop-42',
    endpointId: 'ep_2xV0mKd9Wf6hGp2Xv7Qa3Rc8Ne',
    msgId: 'msg_2xV0nTb5Ye1jUs6Md4Vg9Hk7Pz',
    eventType: 'lead.captured',
    lastAttempt: {
      id: 'atmpt_2xXqAh3Cw8oLt5Rf2By6Nj1Gv9',
      timestamp: '2026-03-09T14:05:12Z',
      responseStatusCode: 503,
    },
    attempts: 8,
    lastFailure: { reason: 'http:503', status: 503 },
  },
});
