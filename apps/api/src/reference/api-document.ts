import type { PlacedOperation } from '@signpost/contracts';
import { EVENT_CATALOGUE } from '@signpost/domain';
import { Components, type JsonObject } from './components.js';
import { operationObject, SECURITY_SCHEMES, tagOf, templateOf } from './operation-object.js';
import { problemResponses } from './problems.js';
import { WEBHOOK_PARAMETERS, webhookObject } from './webhooks.js';

const INFO = {
  title: 'Signpost',
  version: '1',
  summary: 'The webhook backbone of a chatbot platform.',
  description:
    'Applications, endpoints, event types, messages and their attempts. Speaks the Svix server API; what it has beside ' +
    'that is additive.\n\nWherever a path takes an id it takes the uid that you chose, too. Lists are read page by page ' +
    'with `iterator`. Errors are `{ code, detail }`; 422 lists every field that is wrong, with its place.',
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
};

const IDEMPOTENCY_KEY = {
  name: 'idempotency-key',
  in: 'header',
  required: false,
  description:
    'Repeats of a request with the same key within 12 hours get the first answer and do nothing more. The header ' +
    '`signpost-idempotency` of an answer says `replayed` then, and `unchecked` where a message was taken while nothing ' +
    'could tell whether the key was used before.',
  schema: { type: 'string', minLength: 1, maxLength: 256 },
};

/** OpenAPI 3.1: every operation of every process that answers one, and every event type as a webhook. */
export function apiDocument(operations: readonly PlacedOperation[]): JsonObject {
  const components = new Components();
  const paths = pathsOf(operations, components);
  const webhooks = Object.fromEntries(EVENT_CATALOGUE.map((event) => [event.name, webhookObject(event, components)]));
  const responses = problemResponses(components);
  const tags = [...new Set(operations.map(tagOf)), 'Webhooks'].map((name) => ({ name }));
  return {
    openapi: '3.1.0',
    info: INFO,
    servers: [{ url: '/', description: 'Where this document was served' }],
    tags,
    paths,
    webhooks,
    components: {
      securitySchemes: {
        [SECURITY_SCHEMES.apiKey]: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key, `Authorization: Bearer sk_…`, with the scope that the operation names.',
        },
        [SECURITY_SCHEMES.portalToken]: {
          type: 'http',
          scheme: 'bearer',
          description:
            "A token of an application's portal, `Authorization: Bearer appsk_…`, with the capability that the operation " +
            'names. It opens that application alone.',
        },
      },
      parameters: { IdempotencyKey: IDEMPOTENCY_KEY, ...WEBHOOK_PARAMETERS },
      responses,
      schemas: components.schemas,
    },
  };
}

function pathsOf(operations: readonly PlacedOperation[], components: Components): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const operation of operations) {
    const item = (paths[templateOf(operation.path)] ??= {});
    item[operation.method] = operationObject(operation, components);
    if (operation.headId !== undefined) {
      item['head'] = operationObject({ ...operation, id: operation.headId }, components);
    }
  }
  return Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1)));
}
