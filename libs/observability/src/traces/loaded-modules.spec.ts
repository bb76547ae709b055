import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '..', '..', '..', '..');

const ROLES = ['ingest', 'subscription-matcher', 'dispatcher', 'retry-scheduler', 'recorder', 'api'] as const;

/** What of OpenTelemetry a process has loaded that holds these roles, and has told of one span. prom-client loads the API by itself. */
async function loaded(roles: readonly string[], collector: boolean): Promise<readonly string[]> {
  const code = `
    import { registerHooks } from 'node:module';
    const seen = [];
    registerHooks({ load: (url, context, next) => { if (/@opentelemetry\\/(?!api\\/)/.test(url)) seen.push(url); return next(url, context); } });
    const { Log, Metrics, makeTracing } = await import('@signpost/observability');
    for (const app of ${JSON.stringify(roles)}) await import('@signpost/' + app);
    const collector = { url: 'http://127.0.0.1:1/', headers: {}, timeoutMs: 100, resource: {}, sampleRatio: 1, queue: 1, batch: 1, delayMs: 1 };
    const tracing = makeTracing(${collector ? 'collector' : 'undefined'}, new Metrics(), Log.create('silent', 'test'));
    tracing.record({ name: 'a', kind: 'internal', context: { traceId: '1'.repeat(32), spanId: '1'.repeat(16), isSampled: true }, startMs: 0, endMs: 0, attributes: {} });
    await tracing.close(5_000);
    process.stdout.write(JSON.stringify(seen), () => process.exit(0));
  `;
  const hooks = ['--import', './tooling/typescript.mjs', '--input-type=module', '--eval', code];
  const { stdout } = await promisify(execFile)(process.execPath, hooks, { cwd: ROOT, maxBuffer: 8 * 1_048_576 });
  return JSON.parse(stdout) as readonly string[];
}

describe('without a collector', () => {
  it('nothing of OpenTelemetry is loaded', async () => {
    expect(await loaded(ROLES, false)).toEqual([]);
  });

  it('which with one is, so that this would be seen', async () => {
    expect(await loaded([], true)).not.toEqual([]);
  });
});
