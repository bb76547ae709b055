import type { RoleName } from '@signpost/runtime';
import { hostForUrl } from './ports.js';
import { startProxy } from './proxy.js';
import { RoleChild } from './role-child.js';
import type { RolePlan, RunningRoles } from './running-roles.js';

/** Each role in a process of its own, behind one proxy; a process that ends by itself is started again. */
export async function startApart(plan: RolePlan): Promise<RunningRoles> {
  const { names, env, home, narrator, watcher } = plan;
  const children = new Map<RoleName, RoleChild>();
  for (const role of names)
    children.set(role, new RoleChild({ role, env, port: await home.port(`role-${role}`), home, narrator, watcher }));
  const all = [...children.values()];
  const host = env['HOST'] ?? '127.0.0.1';
  const [anyone] = all;
  // Before the roles: nobody takes the port while they start, and a caller hears 503 rather than nothing.
  const proxy = await startProxy(host, plan.port, {
    ingest: (children.get('ingest') ?? anyone)?.origin ?? '',
    api: (children.get('api') ?? anyone)?.origin ?? '',
  });
  try {
    await Promise.all(all.map((child) => child.start()));
    return {
      origin: `http://${hostForUrl(host)}:${String(plan.port)}`,
      get processes() {
        return all.map((child) => ({ role: child.role, pid: child.pid, metricsUrl: `${child.origin}/metrics` }));
      },
      stop: async () => {
        for (const child of all) child.letGo();
        await proxy.close();
        // Intake first: what it has accepted goes through the others, not past them.
        await children.get('ingest')?.stop();
        await Promise.all(all.map((child) => child.stop()));
      },
      kill: async () => {
        await Promise.all(all.map((child) => child.kill()));
      },
    };
  } catch (error) {
    await Promise.all([proxy.close(), ...all.map((child) => child.kill())]);
    throw error;
  }
}
