import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Home } from './home.js';
import { apiPort } from './ports.js';

describe('the port of the API', () => {
  let folder: string;
  const said: string[] = [];
  const choose = (env: NodeJS.ProcessEnv = {}) => apiPort(new Home(folder), env, (sentence) => said.push(sentence));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'signpost-ports-'));
    said.length = 0;
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is that of the last start, in silence', async () => {
    const first = await choose();
    said.length = 0;
    expect(await choose()).toBe(first);
    expect(said).toEqual([]);
  });

  it('is another when that one is taken, and says so with what to do', async () => {
    const first = await choose();
    said.length = 0;
    const other = createServer().listen(first, '127.0.0.1');
    await once(other, 'listening');
    const second = await choose();
    expect(said).toEqual([
      `port ${String(first)} is taken by another program, so the API listens at ${String(second)}: stop what listens there, or set PORT`,
    ]);
    const named = (other.address() as AddressInfo).port;
    await expect(choose({ PORT: String(named) })).rejects.toMatchObject({ code: 'port_taken' });
    other.close();
  });

  it('is refused when it is no port', async () => {
    await expect(choose({ PORT: 'http' })).rejects.toThrow('PORT is "http" and has to be a number');
  });
});
