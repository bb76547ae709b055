import type { JsonObject } from './components.js';

const AT = '2026-03-09T14:05:12.480Z';
const CODE =
  'function handler(webhook) {\n  webhook.payload = { text: webhook.payload.data.comment };\n  return webhook;\n}\n';
const URL = 'https://hooks.example.com/signpost';

const version = {
  version: 3,
  current: true,
  createdAt: AT,
  createdBy: { type: 'api-key', id: 'key_2xV0mLs4Bn7Cq1Dz5Fh9Jk3Mw', name: 'first' },
};
const result = {
  msgId: 'msg_2xV0nTb5Ye1jUs6Md4Vg9Hk7Pz',
  eventType: 'rating.submitted',
  outcome: 'made',
  before: { method: 'POST', url: URL, body: '{"type":"rating.submitted","data":{"comment":"Quick and kind."}}' },
  after: {
    method: 'POST',
    url: URL,
    headers: { 'content-type': 'application/json' },
    body: '{"text":"Quick and kind."}',
    bodyChanged: true,
  },
  console: [],
  cpuMs: 0.4,
  memoryBytes: 96_566,
};

/** By component, of everything about transformations. */
export const TRANSFORMATION_EXAMPLES: Readonly<Record<string, JsonObject>> = {
  EndpointTransformationIn: { code: CODE },
  EndpointTransformationPatch: { enabled: false },
  EndpointTransformationOut: { code: CODE, enabled: true, version: 3, updatedAt: AT },
  TransformationRollbackIn: { version: 2 },
  TransformationVersionOut: version,
  TransformationVersionCodeOut: { ...version, code: CODE },
  TransformationTrialIn: { code: CODE, limit: 1 },
  TransformationTrialResultOut: result,
  TransformationTrialOut: { data: [result] },
};
