import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, it, jest } from '@jest/globals';
import { ScriptedReceiver } from '@signpost/testing';
import { pip } from './svix/clients.js';
import { ExternalScene, type Caller } from './svix/scene.js';
import { build } from './toolchain/build.js';

const VERSION = '4.32.5';
/** Requests of each kind for each operation; more by hand. */
const EXAMPLES = process.env['SIGNPOST_SCHEMATHESIS_EXAMPLES'] ?? '20';
const SEED = process.env['SIGNPOST_TEST_SEED'] ?? '1';
const RUN_MS = 3_000_000;

jest.setTimeout(RUN_MS + 60_000);

const run = promisify(execFile);
const outcome = build({
  name: `schemathesis-${VERSION}`,
  group: 'schemathesis',
  sources: ['schemathesis'],
  needs: [{ command: 'python3', args: ['-m', 'pip', '--version'] }],
  fetch: [pip(`schemathesis==${VERSION}`)],
});

(outcome.kind === 'missing' ? describe.skip : describe)('schemathesis', () => {
  let scene: ExternalScene | undefined;
  let caller: Caller | undefined;
  let nowhere: ScriptedReceiver | undefined;
  beforeAll(async () => {
    if (outcome.kind === 'broken') throw new Error(outcome.reason);
    // Endpoints get URLs that chance makes up: every connection to one is asked of a proxy that opens none.
    nowhere = await ScriptedReceiver.start();
    nowhere.play(502);
    scene = await ExternalScene.open({
      EGRESS_PROXY_URL: nowhere.url(''),
      // It tries wrong keys with every operation, and looks for 401.
      AUTH_FAILURES_PER_MINUTE: '10000',
    });
    caller = await scene.caller('schemathesis');
  });
  afterAll(async () => {
    await scene?.close();
    await nowhere?.stop();
  });

  /** Every operation with what its description allows and with what it forbids, alone and one after another. */
  it('finds no 5xx, no undocumented status and no answer that its schema does not describe', async () => {
    if (outcome.kind !== 'built' || scene === undefined || caller === undefined) return;
    // Not in step: the proxy before Signpost lives in this process.
    await run(
      'python3',
      [
        ...['-m', 'schemathesis.cli', '--no-color', 'run', `${scene.origin}/api/v1/openapi.json`],
        ...['--url', scene.origin, '--header', `Authorization: Bearer ${caller.key}`],
        // Publishing belongs to another process than the rest of its path: each tells the methods that it takes itself.
        ...[
          '--checks',
          'all',
          '--exclude-checks',
          'allow_header_conformance',
          '--max-examples',
          EXAMPLES,
          '--seed',
          SEED,
        ],
        ...['--generation-database', 'none', '--request-timeout', '30'],
      ],
      {
        cwd: outcome.folder,
        maxBuffer: 256 * 1_024 * 1_024,
        timeout: RUN_MS,
        env: { ...process.env, NODE_OPTIONS: '', PYTHONPATH: join(outcome.folder, 'packages') },
      },
    ).catch((error: unknown) => {
      throw new Error(readable(error));
    });
  });
});

/** What failed, without the progress before it. */
function readable(error: unknown): string {
  const { stdout = '', stderr = '', message = '' } = error as { stdout?: string; stderr?: string; message?: string };
  const at = stdout.search(/^=+ (ERRORS|FAILURES) =+$/m);
  return stdout === '' ? `${message}\n${stderr}` : stdout.slice(Math.max(0, at));
}
