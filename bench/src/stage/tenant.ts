import { setTimeout as wait } from 'node:timers/promises';
import type { Stage } from './stage.js';

/** An endpoint answered 201 gets every message accepted a second later (the product's promise). */
const KNOWN_AFTER_MS = 1_500;

export interface BenchEndpoint {
  readonly id: string;
  readonly path: string;
}

export interface Tenant {
  readonly application: string;
  readonly endpoints: readonly BenchEndpoint[];
}

/** An application of its own with `count` endpoints behind the receiver, known to the data plane on return. */
export async function createTenant(
  stage: Stage,
  name: string,
  count: number,
  retrySchedule?: readonly number[],
): Promise<Tenant> {
  const { id: application } = await stage.deployment.call<{ id: string }>('POST', '/api/v1/app', { name });
  const endpoints: BenchEndpoint[] = [];
  for (let at = 0; at < count; at += 1) {
    const path = `/${name}/${String(at)}`;
    const { id } = await stage.deployment.call<{ id: string }>('POST', `/api/v1/app/${application}/endpoint`, {
      url: urlOf(stage, path),
      ...(retrySchedule === undefined ? {} : { retrySchedule }),
    });
    endpoints.push({ id, path });
  }
  await wait(KNOWN_AFTER_MS);
  return { application, endpoints };
}

export function urlOf(stage: Stage, path: string): string {
  return `http://127.0.0.1:${String(stage.ports.http)}${path}`;
}

/** Moves an endpoint to another URL; what is sent from now on goes there once this returns. */
export async function moveEndpoint(stage: Stage, tenant: Tenant, endpoint: BenchEndpoint, url: string): Promise<void> {
  await stage.deployment.call('PATCH', `/api/v1/app/${tenant.application}/endpoint/${endpoint.id}`, { url });
  await wait(KNOWN_AFTER_MS);
}
