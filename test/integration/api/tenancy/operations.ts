import type { Tenant } from './tenant.js';

/** One operation of the served OpenAPI document. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly string[];
  readonly takesBody: boolean;
  /** The scope that a key needs; undefined: no key may. */
  readonly needs: string | undefined;
  /** The capability that a portal token needs; undefined: no token may. */
  readonly portal: string | undefined;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** What is sent to operations that take a body. Whoever adds one says here what it is sent. */
const BODIES: Readonly<Record<string, unknown>> = {
  'v1.application.create': { name: 'made by the walk' },
  'v1.application.update': { name: 'replaced by the walk' },
  'v1.application.patch': { name: 'changed by the walk' },
  'v1.endpoint.create': { url: 'https://example.com/made-by-the-walk' },
  'v1.endpoint.update': { url: 'https://example.com/replaced-by-the-walk' },
  'v1.endpoint.patch': { description: 'changed by the walk' },
  'v1.endpoint.rotate-secret': {},
  'v1.endpoint.update-headers': { headers: { 'x-set-by': 'the walk' } },
  'v1.endpoint.patch-headers': { headers: { 'x-set-by': null } },
  'v1.endpoint.transformation-update': {
    code: 'function handler(webhook) { return webhook; } // replaced by the walk',
  },
  'v1.endpoint.transformation-partial-update': { enabled: false },
  'v1.endpoint.transformation-rollback': { version: 1 },
  'v1.endpoint.transformation-try': { limit: 1 },
  'v1.endpoint.recover': { since: new Date(Date.now() - 60_000).toISOString() },
  'v1.recovery.create': { kind: 'redrive', select: { appId: '{app_id}' }, why: 'the walk' },
  'v1.rejected.correct': { headers: { ce_type: 'corrected.by.the.walk' } },
  'v1.endpoint.send-example': { eventType: '{event_type_name}' },
  'v1.endpoint.try-filter': {},
  'v1.event-type.create': { name: 'made.by.the.walk', description: '' },
  'v1.event-type.update': { description: 'replaced by the walk' },
  'v1.event-type.patch': { description: 'changed by the walk' },
  'v1.message.create': { eventType: 'made.by.the.walk', payload: {} },
  'v1.message.create-batch': { data: [{ eventType: 'made.by.the.walk', payload: {} }] },
  'v1.authentication.app-portal-access': {},
  'v1.authentication.expire-all': {},
  'v1.management.authentication.create-api-token': { name: 'made by the walk', scopes: ['read'] },
  'v1.management.authentication.expire-api-token': {},
};

interface Described {
  readonly operationId?: string;
  readonly requestBody?: unknown;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
}

export function operationsOf(paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>): readonly Operation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, described]) => operationOf(method, path, described as Described)),
  );
}

function operationOf(method: string, path: string, described: Described): Operation {
  const { operationId: id, security = [] } = described;
  if (id === undefined) throw new Error(`${method} ${path} has no operationId`);
  const scheme = (name: string): string | undefined => security.find((one) => name in one)?.[name]?.[0];
  return {
    id,
    method: method.toUpperCase(),
    path,
    parameters: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ''),
    takesBody: described.requestBody !== undefined || id in BODIES,
    needs: scheme('HTTPBearer'),
    portal: scheme('PortalToken'),
  };
}

/**
 * The request that does to `tenant` what the operation does.
 * @throws Error for an operation that nobody has told how to fill: it would be proven safe by nothing
 */
export function requestFor(
  operation: Operation,
  tenant: Pick<Tenant, 'ids'>,
  names: Tenant['ids'] = tenant.ids,
): Asked {
  const { id, method, path, takesBody } = operation;
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = names[name];
    if (value === undefined) throw new Error(`${id}: say in tenant.ts what stands for {${name}}`);
    return encodeURIComponent(value);
  });
  if (takesBody && !(id in BODIES)) throw new Error(`${id}: say in operations.ts what body it is sent`);
  return { method, path: filled, body: withNames(BODIES[id], names) };
}

/** A text that is '{name}' stands for what the path has under that name. */
function withNames(body: unknown, names: Tenant['ids']): unknown {
  if (body === undefined) return undefined;
  return JSON.parse(JSON.stringify(body), (_, value: unknown) =>
    typeof value === 'string' ? value.replace(/^\{(\w+)\}$/, (text, name: string) => names[name] ?? text) : value,
  );
}

/** Readers first, then changes, then deletions from the leaves to the root: each finds what it needs. */
export function inOrder(operations: readonly Operation[]): readonly Operation[] {
  const rank = ({ method, path }: Operation): number =>
    method === 'GET' || method === 'HEAD' ? 0 : method === 'DELETE' ? 1_000 - path.length : 1;
  return [...operations].sort((a, b) => rank(a) - rank(b));
}
