import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Home } from './home.js';
import { claim } from './lock.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signpost-home-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('Home', () => {
  it('makes a secret once, for its owner alone', () => {
    const key = new Home(folder).secret('api-key');
    expect(key).toMatch(/^sk_.{32}$/);
    expect(new Home(folder).secret('api-key')).toBe(key);
    expect(statSync(join(folder, 'api-key')).mode & 0o777).toBe(0o600);
  });

  it('gives a port again while it is free, and another one when it is not', async () => {
    const port = await new Home(folder).port('api');
    expect(await new Home(folder).port('api')).toBe(port);
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    expect(await new Home(folder).port('api')).not.toBe(port);
    await new Promise((resolve) => other.close(resolve));
  });

  it('forgets data, keys and ports on reset, and keeps what was fetched', () => {
    const home = new Home(folder);
    const key = home.secret('master-key');
    home.write('kafka-jars', {});
    home.reset();
    expect(home.read('kafka-jars')).toEqual({});
    expect(home.secret('master-key')).not.toBe(key);
  });
});

describe('claim', () => {
  it('takes the folder of a process that is gone, and gives it back', () => {
    const home = new Home(folder);
    writeFileSync(join(folder, 'start.pid'), '999999999');
    const giveBack = claim(home);
    giveBack();
    expect(home.read('start.pid')).toBeUndefined();
  });

  it('takes the folder over from a process that only has the number of a start', () => {
    const home = new Home(folder);
    // Not a start: the parent of this test.
    writeFileSync(join(folder, 'start.pid'), String(process.ppid));
    claim(home)();
  });
});
