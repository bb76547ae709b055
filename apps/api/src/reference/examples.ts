import { EVENT_CATALOGUE } from '@signpost/domain';
import type { JsonObject } from './components.js';
import { EXPLAIN_EXAMPLE } from './explain-example.js';
import { FILTER_EXAMPLES, FILTERS_EXAMPLE } from './filter-examples.js';
import { REJECTED_EXAMPLES } from './rejected-examples.js';
import { TRANSFORMATION_EXAMPLES } from './transformation-examples.js';

const AT = '2026-03-09T14:05:12.480Z';
const APP_ID = 'app_2xV0mJq7Rk3uYw8Tn5Zc1Lb4Ds';
const ENDPOINT_ID = 'ep_2xV0mKd9Wf6hGp2Xv7Qa3Rc8Ne';
const MESSAGE_ID = 'msg_2xV0nTb5Ye1jUs6Md4Vg9Hk7Pz';
const RECORDED = { createdAt: AT, updatedAt: AT };

const PAYLOAD = EVENT_CATALOGUE.find(({ name }) => name === 'rating.submitted')?.example ?? {};

const application = { name: 'Shop 42', uid: 'shop-42', metadata: { plan: 'gold' } };
const endpoint = {
  url: 'https://hooks.example.com/signpost',
  uid: 'crm',
  description: 'Leads and ratings for the CRM',
  eventTypes: ['lead.captured', 'rating.submitted'],
  metadata: {},
};
const endpointOut = {
  id: ENDPOINT_ID,
  ...endpoint,
  disabled: false,
  channels: null,
  retrySchedule: [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400],
  health: { state: 'healthy' },
  paused: false,
  warnings: [],
  filterTypes: endpoint.eventTypes,
  throttleRate: 50,
  rateLimit: 50,
  version: 1,
  ...RECORDED,
};
const eventType = { name: 'rating.submitted', description: 'A person has rated the conversation.' };
const inCatalogue = EVENT_CATALOGUE.find(({ name }) => name === 'conversation.resolved');
const message = { eventType: 'rating.submitted', eventId: 'rating-8812', payload: PAYLOAD };
const task = { id: 'qtask_2xV0nYp6Lc9kGt3Ms7Rf1Wd5Bh', task: 'endpoint.recover', updatedAt: AT };
const messageOut = { id: MESSAGE_ID, ...message, channels: null, timestamp: AT };

const DELIVERY_ID = 'dlv_2xV0nUc8Hs3kRw7Bz4Mf6Jq1Ge';
const deadLetter = {
  id: DELIVERY_ID,
  msgId: MESSAGE_ID,
  appId: APP_ID,
  endpointId: ENDPOINT_ID,
  eventType: 'rating.submitted',
  reason: 'attempts-exhausted',
  reasonClass: 'customer',
  lastFailure: 'http:503',
  lastStatus: 503,
  attempts: 10,
  firstFailureAt: '2026-03-08T09:41:30.112Z',
  lastFailureAt: AT,
  deadAt: AT,
  origin: { topic: 'signpost.deliveries.returning', partition: 17, offset: 90_412 },
  position: { partition: 17, offset: 288 },
  redrives: 0,
  state: 'dead',
};
const counted = { reason: 'attempts-exhausted', reasonClass: 'customer', count: 41 };

const actor = { type: 'api-key', id: 'key_2xV0mLs4Bn7Cq1Dz5Fh9Jk3Mw', name: 'first' };
const apiKey = {
  id: 'key_2xV0mPt8Gv2Hx6Ky0Lr4Nu7Qa',
  name: 'The shop’s backend',
  prefix: 'sk_4kQ',
  scopes: ['publish'],
  createdAt: AT,
  expiresAt: null,
};

const counts = {
  accepted: 3_604,
  matched: 3_590,
  nobody: 14,
  undecided: 0,
  deliveries: 7_181,
  redeliveries: 2,
  fates: { delivered: 7_170, deadLettered: 1, expired: 0, superseded: 0, declined: 0, cancelled: 0 },
  pending: { fresh: 0, returning: 0, tier: 9, parked: 2, takenOver: 0 },
  early: { messages: 0, runs: 0 },
  differences: {
    unmatched: 0,
    unrecorded: 0,
    freshLost: 1,
    returningLost: 0,
    tierLost: 0,
    parkedLost: 0,
    notOwed: 0,
    severalFates: 0,
  },
  balanced: false,
  difference: 1,
};
const accountMinute = { at: '2026-03-09T14:05:00.000Z', appId: APP_ID, countedAt: AT, ...counts };
const accountWindow = {
  since: '2026-03-09T14:00:00.000Z',
  until: '2026-03-09T14:10:00.000Z',
  countedFrom: '1970-01-01T00:00:00.000Z',
};
const violation = {
  kind: 'fresh-lost',
  id: 'dlv_2xV0nTb5Ye1jUs6Md4Vg9Hk7Pz',
  appId: APP_ID,
  msgId: MESSAGE_ID,
  endpointId: ENDPOINT_ID,
  text: 'The delivery was made, the dispatcher is past it, and nothing is known of it.',
};

/** By component. Each is checked against its schema by a test. */
export const EXAMPLES: Readonly<Record<string, JsonObject>> = {
  ApplicationIn: application,
  ApplicationPatch: { metadata: { plan: 'platinum' } },
  ApplicationOut: { id: APP_ID, ...application, ...RECORDED },
  EndpointIn: { ...endpoint, filters: FILTERS_EXAMPLE, retryPreset: 'standard' },
  EndpointUpdate: endpoint,
  EndpointPatch: { disabled: false },
  EndpointOut: endpointOut,
  ...FILTER_EXAMPLES,
  ExplainOut: EXPLAIN_EXAMPLE,
  ...TRANSFORMATION_EXAMPLES,
  EndpointHeadersIn: { headers: { 'x-tenant': 'shop-42', authorization: 'Bearer 3kf9' } },
  EndpointHeadersPatchIn: { headers: { 'x-tenant': 'shop-43', 'x-old': null } },
  EndpointHeadersOut: { headers: { 'x-tenant': 'shop-42' }, sensitive: ['authorization'] },
  EndpointSecretRotateIn: { gracePeriodSeconds: 86_400 },
  EndpointSecretOut: { key: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD' },
  EventTypeIn: { ...eventType, schemas: { '1': { type: 'object', required: ['type', 'timestamp', 'data'] } } },
  EventTypeUpdate: { description: eventType.description },
  EventTypePatch: { deprecated: true },
  EventTypeOut: { ...eventType, archived: false, deprecated: false, schemas: null, ...RECORDED },
  ...(inCatalogue === undefined ? {} : { CatalogueEventOut: { ...inCatalogue, example: { ...inCatalogue.example } } }),
  ApiKeyIn: { name: 'The shop’s backend', scopes: ['publish'] },
  ApiKeyOut: { ...apiKey, token: 'sk_4kQm7Zt2Xc9Rv5Bn8Hw3Jy6Lp1Sd0Fg' },
  ApiKeyCensoredOut: { ...apiKey, censoredToken: 'sk_4kQ…0Fg', createdBy: actor },
  ApiKeyExpireIn: { expiry: 86_400 },
  AuditEntryOut: {
    id: 'aud_2xV0mRw6Tx9Yz2Ab4Cd7Ef1Gh',
    timestamp: AT,
    actor,
    operation: 'v1.endpoint.patch',
    object: { type: 'endpoint', id: ENDPOINT_ID, appId: APP_ID },
    before: { disabled: true },
    after: { disabled: false },
  },
  AccountOut: {
    ...accountWindow,
    settledAt: AT,
    balanced: false,
    difference: 1,
    totals: counts,
    minutes: [accountMinute],
    iterator: `1773065100000.${APP_ID}`,
    done: true,
  },
  AccountCountsOut: counts,
  AccountMinuteOut: accountMinute,
  AuditOut: {
    ...accountWindow,
    checkedUntil: accountWindow.until,
    done: true,
    balanced: false,
    difference: 1,
    violations: [violation],
    more: {},
    accepted: 3_604,
    runs: 7_183,
    topics: { read: 3_604 },
    waitingFor: null,
  },
  ViolationOut: violation,
  AppPortalAccessIn: { capabilities: ['ViewBase', 'ManageEndpoint'], expiry: 86_400 },
  AppPortalAccessOut: {
    url: 'https://portal.example.com/login#key=eyJhcHBJZCI6',
    token: 'appsk_9Vb3Nf6Qk1Wz8Xe4Ty7Um2Ho5Gj',
  },
  ApplicationTokenExpireIn: { sessionIds: ['session-71'] },
  MessageIn: { ...message, conversationId: 'cnv_7Q2m' },
  MessageBatchIn: { data: [{ ...message, conversationId: 'cnv_7Q2m' }] },
  MessageOut: messageOut,
  MessageBatchOut: { data: [messageOut] },
  EndpointMessageOut: { ...messageOut, status: 0, statusText: 'success', state: 'delivered', nextAttempt: null },
  EndpointStats: { success: 1_204, pending: 3, sending: 0, fail: 7, canceled: 0 },
  MessageAttemptOut: {
    id: 'atmpt_2xV0nVw3Jd7mFz1Kc5Qb8Ut4Xy',
    msgId: MESSAGE_ID,
    endpointId: ENDPOINT_ID,
    url: 'https://hooks.example.com/signpost',
    timestamp: AT,
    status: 2,
    statusText: 'fail',
    responseStatusCode: 503,
    responseDurationMs: 41,
    response: 'upstream is restarting',
    triggerType: 0,
    attempt: 1,
    repeated: false,
    reason: 'http:503',
    nextAttempt: '2026-03-09T14:05:17.510Z',
    timing: { lookupMs: 1.2, connectMs: 8.4, tlsMs: 12.1, firstByteMs: 18.6, totalMs: 41.3 },
  },
  EmptyOut: {},
  EventExampleIn: { eventType: 'rating.submitted' },
  RecoverIn: { since: '2026-03-09T00:00:00Z', until: '2026-03-09T12:00:00Z' },
  RecoverOut: { ...task, status: 'running' },
  BackgroundTaskOut: {
    ...task,
    status: 'finished',
    data: {
      appId: APP_ID,
      endpointId: ENDPOINT_ID,
      since: '2026-03-09T00:00:00.000Z',
      until: '2026-03-09T12:00:00.000Z',
      total: 48_213,
      done: 48_201,
      skipped: { withoutPayload: 4, underWay: 8, tooOften: 0 },
      perSecond: 496.2,
    },
    createdAt: AT,
  },
  RecoveryIn: {
    kind: 'redrive',
    select: { endpointId: ENDPOINT_ID, reasons: ['attempts-exhausted'], since: '2026-03-09T00:00:00Z' },
    why: 'their release of 13:40 is rolled back',
    perSecond: 200,
    onlyWhileHealthy: true,
  },
  RecoveryOut: {
    id: task.id,
    kind: 'redrive',
    select: {
      appId: APP_ID,
      endpointId: ENDPOINT_ID,
      reasons: ['attempts-exhausted'],
      since: '2026-03-09T00:00:00.000Z',
      until: AT,
    },
    why: 'their release of 13:40 is rolled back',
    by: actor,
    status: 'running',
    total: 48_213,
    done: 12_400,
    delivered: 12_311,
    failedAgain: 0,
    skipped: { withoutPayload: 4, underWay: 8, tooOften: 0, alreadyOwed: 0 },
    perSecond: 199.2,
    limits: { perSecond: 200, concurrency: null, onlyWhileHealthy: true },
    estimatedEndAt: '2026-03-09T14:09:07.000Z',
    createdAt: AT,
    updatedAt: '2026-03-09T14:06:14.820Z',
  },
  RecoveryPreviewOut: {
    count: 48_213,
    histogram: [{ endpointId: ENDPOINT_ID, reason: 'attempts-exhausted', count: 48_213 }],
    samples: [
      {
        deliveryId: 'dlv_2xV0nTb5Ye1jUs6Md4Vg9Hk7Pz',
        msgId: MESSAGE_ID,
        endpointId: ENDPOINT_ID,
        eventType: 'rating.submitted',
        state: 'dead-lettered',
        reason: 'attempts-exhausted',
        attempts: 9,
      },
    ],
    notes: [],
  },
  RecoveryRecordOut: {
    sequence: 1,
    deliveryId: 'dlv_2xV0nTb5Ye1jUs6Md4Vg9Hk7Pz',
    msgId: MESSAGE_ID,
    endpointId: ENDPOINT_ID,
    result: 'delivered',
    why: null,
    responseStatusCode: null,
    redelivery: 1,
    at: AT,
  },
  DeadLetterOut: deadLetter,
  ...REJECTED_EXAMPLES,
  DeadLetterHistogramOut: {
    bucket: 'hour',
    since: '2026-03-09T12:00:00.000Z',
    until: '2026-03-09T15:00:00.000Z',
    buckets: [{ at: '2026-03-09T14:00:00.000Z', endpointId: ENDPOINT_ID, ...counted }],
    done: true,
    totals: { count: 41, endpoints: 1, customer: 41, platform: 0, byReason: [counted] },
  },
  MessageEndpointOut: { ...endpointOut, status: 0, statusText: 'success', state: 'delivered', nextAttempt: null },
};

/** Of a list, one page with the example of what it lists. */
export function exampleOf(component: string | undefined): JsonObject | undefined {
  if (component === undefined) return undefined;
  const item = /^ListResponse_(.+)_$/.exec(component)?.[1];
  if (item === undefined) return EXAMPLES[component];
  const example = EXAMPLES[item];
  if (example === undefined) return undefined;
  const named = example['id'] ?? example['name'];
  const id = typeof named === 'string' ? named : '';
  return { data: [example], iterator: id, prevIterator: `-${id}`, done: true };
}
