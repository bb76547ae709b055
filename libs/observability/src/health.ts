/** Resolves while the dependency works; rejects with an Error whose message says what is wrong and what to do. */
export type HealthCheck = () => Promise<void>;

export interface HealthReport {
  readonly status: 'ok' | 'failing';
  /** By the name of the check: 'ok', or what is wrong. */
  readonly checks: Readonly<Record<string, string>>;
}

/**
 * What this process needs to do its work (ready), and what only a restart would mend (live). A broken dependency
 * is never a reason to restart.
 */
export class Health {
  private readonly readiness = new Map<string, HealthCheck>();
  private readonly liveness = new Map<string, HealthCheck>();

  addReadiness(name: string, check: HealthCheck): void {
    this.readiness.set(name, check);
  }

  addLiveness(name: string, check: HealthCheck): void {
    this.liveness.set(name, check);
  }

  ready(withinMs = 2_000): Promise<HealthReport> {
    return report(this.readiness, withinMs);
  }

  live(withinMs = 2_000): Promise<HealthReport> {
    return report(this.liveness, withinMs);
  }
}

async function report(checks: ReadonlyMap<string, HealthCheck>, withinMs: number): Promise<HealthReport> {
  const results = await Promise.all(
    [...checks].map(async ([name, check]) => [name, await run(check, withinMs)] as const),
  );
  return {
    status: results.every(([, result]) => result === 'ok') ? 'ok' : 'failing',
    checks: Object.fromEntries(results),
  };
}

async function run(check: HealthCheck, withinMs: number): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${String(withinMs)} ms`));
    }, withinMs);
  });
  try {
    await Promise.race([check(), timeout]);
    return 'ok';
  } catch (error) {
    return error instanceof Error ? error.message : 'failed';
  } finally {
    clearTimeout(timer);
  }
}
