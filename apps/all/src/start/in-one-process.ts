import { setTimeout as wait } from 'node:timers/promises';
import type { RunningProcess } from '@signpost/runtime';
import { StartError } from './errors.js';
import { hostForUrl } from './ports.js';
import type { ProcessEntry } from './running-file.js';
import type { RolePlan, RunningRoles } from './running-roles.js';

/** Boots the chosen roles with this environment. */
export type Boot = (env: NodeJS.ProcessEnv) => Promise<Pick<RunningProcess, 'port' | 'fatal' | 'stop'>>;

const GIVE_UP_AFTER = 5;
const PAUSE_MS = 500;
const STEADY_AFTER_MS = 60_000;

/** All roles in this process. When one of them cannot go on, all are stopped and started again from what Kafka holds. */
export async function startInOneProcess(boot: Boot, plan: RolePlan): Promise<RunningRoles> {
  const { names, env, narrator, watcher } = plan;
  let stopped = false;
  let restarts = 0;
  let restartedAt = 0;

  const start = async (): ReturnType<Boot> => {
    // A fresh object: adapters are made once for each environment, and the old ones are closed.
    const running = await boot({ SIGNPOST_SERVICE: 'all', ...env });
    running.fatal.onRaised((error) => {
      void revive(error);
    });
    return running;
  };
  const revive = async (error: Error): Promise<void> => {
    if (stopped) return;
    if (performance.now() - restartedAt > STEADY_AFTER_MS) restarts = 0;
    restartedAt = performance.now();
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
      await wait(restarts * PAUSE_MS);
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
