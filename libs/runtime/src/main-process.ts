import { setFlagsFromString } from 'node:v8';
import { AppError } from '@signpost/domain';
import { Log } from '@signpost/observability';
import { boot } from './boot.js';
import { loadRuntimeConfig } from './config.js';
import type { Role } from './role.js';

/**
 * By how much the old generation may grow before V8 collects it, in percent. Left to itself on a machine with much memory,
 * V8 lets a busy role hold several times what it uses; this costs no processor time that the benchmark can tell.
 */
const HEAP_GROWTH_PERCENT = 80;

/** The whole of a role's main.ts: runs until SIGTERM or SIGINT, or until it cannot go on. */
export async function runProcess(roles: readonly Role[], env: NodeJS.ProcessEnv): Promise<void> {
  setFlagsFromString(`--heap-growing-percent=${String(HEAP_GROWTH_PERCENT)}`);
  // Everything of this process reads one environment object, with its name in it.
  const own = { SIGNPOST_SERVICE: roles.map((role) => role.name).join(','), ...env };
  try {
    const { app, fatal, stop } = await boot(roles, own);
    const log = app.get(Log);
    const graceMs = loadRuntimeConfig(own).shutdownGraceMs;
    let stopping = false;
    const end = (exitCode: number): void => {
      if (stopping) return;
      stopping = true;
      // A stop that hangs must not hang for ever: what is not done by then comes again from Kafka.
      setTimeout(() => process.exit(exitCode || 1), graceMs * 2 + 5_000).unref();
      stop().then(
        () => process.exit(exitCode),
        (error: unknown) => {
          log.error('the stop failed', error);
          process.exit(1);
        },
      );
    };
    process.once('SIGTERM', () => {
      end(0);
    });
    process.once('SIGINT', () => {
      end(0);
    });
    fatal.onRaised((error) => {
      log.error('cannot go on: the process ends and has to be started again', error);
      end(1);
    });
  } catch (error) {
    process.stderr.write(
      `signpost ${own.SIGNPOST_SERVICE}: ${error instanceof AppError ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
    );
    process.exit(1);
  }
}
