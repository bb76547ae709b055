import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadPostgresConfig } from './config.js';

const URL_OF_DATABASE = 'postgresql://user:password@db.example:5432/signpost';

describe("the database's settings", () => {
  it('tell which certificate the URL shows to the database, if any', () => {
    const folder = mkdtempSync(join(tmpdir(), 'signpost-'));
    try {
      const file = join(folder, 'cert.pem');
      const DATABASE_URL = `${URL_OF_DATABASE}?sslcert=${encodeURIComponent(file)}`;
      expect(loadPostgresConfig({ DATABASE_URL }).certificate).toBeUndefined();
      writeFileSync(file, 'a certificate');
      expect(loadPostgresConfig({ DATABASE_URL }).certificate).toBe('a certificate');
      expect(loadPostgresConfig({ DATABASE_URL: URL_OF_DATABASE }).certificate).toBeUndefined();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
