import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { unprivileged, type Unprivileged } from './unprivileged.js';

const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? describe : describe.skip;
const broken: Unprivileged = { name: 'broken', prefix: ['false'], owner: undefined };
const stillRoot: Unprivileged = { name: 'still root', prefix: ['env'], owner: undefined };
const nobody: Unprivileged = {
  name: 'nobody',
  prefix: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'],
  owner: 65_534,
};
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signpost-unprivileged-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

asRoot('running PostgreSQL while root', () => {
  it('passes over ways that fail or stay root, and hands the data to the one that works', () => {
    expect(unprivileged('true', folder, [broken, stillRoot, nobody]).name).toBe('nobody');
    expect(statSync(folder).uid).toBe(65_534);
  });

  it('passes over a way that may not write to the data', () => {
    expect(() => unprivileged('true', folder, [{ ...nobody, owner: 0 }])).toThrow('refuses to run as root');
  });

  it('says what to do when there is none', () => {
    expect(() => unprivileged('true', folder, [broken])).toThrow(
      expect.objectContaining({
        code: 'postgres_needs_non_root',
        message: expect.stringMatching(/ordinary user.*DATABASE_URL/),
      }),
    );
  });
});

(isRoot ? describe.skip : describe)('running PostgreSQL while not root', () => {
  it('changes nothing', () => {
    expect(unprivileged('true', folder, [broken]).prefix).toEqual([]);
  });
});
