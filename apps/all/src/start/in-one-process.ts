import { setTimeout as wait } from 'node:timers/promises';
import type { RoleName, RunningProcess } from '@signpost/runtime';
import { StartError } from './errors.js';
import type { Narrator } from './narrator.js';
import type { ProcessEntry } from './running-file.js';
import type { RoleWatcher, RunningRoles } from './running-roles.js';

const GIVE_UP_AFTER = 5;

/** Loads the roles' code, which takes a second or two: worth doing while Kafka boots. */
export const loadCode = () =>
  Promise.all([import('@signpost/runtime'), import('../roles.js')]).then(([runtime, roles]) => ({
    boot: runtime.boot,
    rolesNamed: roles.rolesNamed,
  }));

/** All roles in this process. When one of them cannot go on, all are stopped and started again from what Kafka holds. */
export async function startInOneProcess(
  names: readonly RoleName[],
  env: NodeJS.ProcessEnv,
  narrator: Narrator,
  watcher: RoleWatcher,
): Promise<RunningRoles> {
  const { boot, rolesNamed } = await loadCode();
  const roles = rolesNamed(names);
  let stopped = false;
  let restarts = 0;

  const start = async (): Promise<RunningProcess> => {
    // A fresh object: adapters are made once for each environment, and the old ones are closed.
    const running = await boot(roles, { SIGNPOST_SERVICE: 'all', ...env });
    running.fatal.onRaised((error) => {
      void revive(error);
    });
    return running;
  };
  const revive = async (error: Error): Promise<void> => {
    if (stopped) return;
    restarts += 1;
    if (restarts > GIVE_UP_AFTER) {
      watcher.lost(
        new StartError('role_not_started', `the roles failed ${String(restarts)} times, last: ${error.message}`, error),
      );
      return;
    }
    narrator.step(`a role cannot go on (${error.message}); all are started again from what Kafka holds`);
    try {
      await current.stop();
      await wait(restarts * 1_000);
      if (isStopped()) return;
      current = await start();
      watcher.changed();
      narrator.step('the roles work again');
    } catch (failure) {
      await revive(failure instanceof Error ? failure : new Error(String(failure)));
    }
  };
  const isStopped = (): boolean => stopped;

  let current = await start();
  const origin = `http://${hostForUrl(env['HOST'])}:${String(current.port)}`;
  return {
    origin,
    get processes(): readonly ProcessEntry[] {
      return names.map((role) => ({ role, pid: process.pid, metricsUrl: `${origin}/metrics` }));
    },
    stop: async () => {
      stopped = true;
      await current.stop();
    },
    kill: () => {
      stopped = true;
      return Promise.resolve();
    },
  };
}

/** An address that listens everywhere is reached at loopback. */
export function hostForUrl(host: string | undefined): string {
  if (host === undefined || host === '' || host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
