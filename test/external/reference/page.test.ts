import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { freshFolder } from '@signpost/testing';
import { ApiScene } from '../../integration/api/support.js';
import { absentOf, describeWith } from '../toolchains.js';

const run = promisify(execFile);
const BROWSER = absentOf(['chromium-headless-shell']) === undefined ? 'chromium-headless-shell' : 'chromium';

interface Described {
  readonly paths: Readonly<Record<string, object>>;
  readonly webhooks: Readonly<Record<string, object>>;
}

describeWith('chromium', [BROWSER], 'the reference page in a browser', () => {
  let scene: ApiScene;
  let document: Described;
  let dom = '';
  let console_ = '';

  beforeAll(async () => {
    scene = await ApiScene.open();
    const { body } = await scene.raw('GET', '/api/v1/openapi.json', undefined, undefined);
    document = body as unknown as Described;
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--enable-logging=stderr', '--dump-dom'];
    // A name that is none of ours leads nowhere, so what the page loads from elsewhere fails and is told.
    const alone = ['--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1', `--user-data-dir=${freshFolder()}`];
    const settings = { timeout: 60_000, maxBuffer: 64 * 1_048_576 };
    const args = [...flags, ...alone, '--virtual-time-budget=20000', `${scene.origin}/docs`];
    ({ stdout: dom, stderr: console_ } = await run(BROWSER, args, settings));
  }, 120_000);
  afterAll(() => scene.close());

  it('shows every operation and every webhook', () => {
    const operations = Object.values(document.paths).flatMap((item) => Object.keys(item)).length;
    const webhooks = Object.keys(document.webhooks);
    expect(operations).toBeGreaterThan(25);
    expect(webhooks).toHaveLength(25);
    expect(dom.match(/class="opblock opblock-/g)).toHaveLength(operations + webhooks.length);
    for (const path of Object.keys(document.paths)) expect(dom).toContain(`data-path="${path}"`);
    for (const name of webhooks) expect(dom).toContain(`data-path="${name}"`);
  });

  it('runs under its policy without a complaint', () => {
    const complaints = console_
      .split('\n')
      .filter((line) => line.includes('CONSOLE') && /refused|error|violat/i.test(line));
    expect(complaints).toEqual([]);
    expect(dom).not.toMatch(/Failed to load|errors-wrapper|No API definition/);
  });

  it('names nothing that lies elsewhere', () => {
    const loaded = [...dom.matchAll(/<(?:script|link|img|iframe)[^>]+(?:src|href)="([^"]+)"/g)].map(
      ([, url = '']) => url,
    );
    expect(loaded.length).toBeGreaterThan(2);
    expect(loaded.filter((url) => !/^(\/docs\/|data:|#)/.test(url))).toEqual([]);
  });
});
