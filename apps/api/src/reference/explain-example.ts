import type { ExplainOut } from '@signpost/contracts';

const MESSAGE_ID = 'msg_2xV0nTb5Ye1jUs6Md4Vg9Hk7Pz';
const ACCEPTED_AT = '2026-03-09T14:05:12.480Z';
const MATCHED_AT = '2026-03-09T14:05:12.484Z';

const accepted = { name: 'accepted', at: ACCEPTED_AT, ms: 4 } as const;

/** A message that waits for its second attempt at one endpoint, and that another never asked for. */
export const EXPLAIN_EXAMPLE: ExplainOut = {
  asked: { id: 'platform.events:3:1042', as: 'source' },
  message: {
    id: MESSAGE_ID,
    appId: 'app_2xV0mJq7Rk3uYw8Tn5Zc1Lb4Ds',
    eventType: 'rating.submitted',
    eventId: 'rating-8812',
    acceptedAt: ACCEPTED_AT,
    matchedAt: MATCHED_AT,
    source: { topic: 'platform.events', partition: 3, offset: 1_042 },
    hasPayload: true,
  },
  summary: 'It was matched to 1 of 2 endpoints: 1 pending.',
  counts: { considered: 2, matched: 1, notMatched: 1 },
  endpoints: [
    {
      endpointId: 'ep_2xV0mKd9Wf6hGp2Xv7Qa3Rc8Ne',
      uid: 'crm',
      url: 'https://hooks.example.com/signpost',
      deliveryId: 'dlv_2xV0nTb5Qk8vBm3Lc7Wd1Jf6Ra',
      verdict: 'pending',
      rule: {
        kind: 'waiting',
        text: 'Attempt 1 failed (http:503); it waits in a retry tier until 2026-03-09T14:05:17.530Z.',
        clause: 'http:503',
      },
      stages: [
        accepted,
        { name: 'matched', at: MATCHED_AT, ms: 0 },
        { name: 'queued', at: MATCHED_AT, ms: 6 },
        { name: 'attempt', at: '2026-03-09T14:05:12.490Z', ms: 38.2, attempt: 1, reason: 'http:503' },
        { name: 'waiting', at: '2026-03-09T14:05:12.529Z' },
      ],
      attempts: [
        {
          id: 'atmpt_2xV0nTc1Hs4Gt9Kn2Xp6Yz3Ve',
          attempt: 1,
          timestamp: '2026-03-09T14:05:12.490Z',
          outcome: 'failed',
          reason: 'http:503',
          status: 503,
          trigger: 'scheduled',
          repeated: false,
          url: 'https://hooks.example.com/signpost',
          timing: { firstByteMs: 37.9, totalMs: 38.2 },
          nextAttempt: '2026-03-09T14:05:17.530Z',
        },
      ],
      attemptCount: 1,
      redeliveries: 0,
      next: {
        what: 'attempt',
        at: '2026-03-09T14:05:17.530Z',
        why: 'Due then by the retry schedule, or later where the receiver asked for it.',
      },
    },
    {
      endpointId: 'ep_2xV0mMn4Zx7Cq2Bs9Dt5Fw1Gy',
      url: 'https://bi.example.com/hooks',
      verdict: 'not-matched',
      rule: {
        kind: 'event-type',
        text: 'It did not ask for the event type rating.submitted: it asked for lead.captured.',
        clause: 'lead.captured',
      },
      stages: [accepted, { name: 'matched', at: MATCHED_AT }],
      attempts: [],
      attemptCount: 0,
      redeliveries: 0,
      next: {
        what: 'nothing',
        why: 'Final: a change of the endpoint holds for messages from then on. To have it sent again, resend the message to the endpoint.',
      },
    },
  ],
  iterator: null,
  done: true,
  notes: [],
};
