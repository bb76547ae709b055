import { describe, expect, it } from '@jest/globals';
import { newId } from '@signpost/domain';
import type { KeptEndpoint } from '@signpost/ports';
import { healthOut, warningsOut } from './endpoint-health.js';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const DAY = 86_400_000;
const kept: KeptEndpoint = {
  id: newId('ep', NOW),
  applicationId: newId('app', NOW),
  version: 1,
  url: 'https://example.com',
  description: '',
  disabled: false,
  metadata: {},
  secrets: [],
  retrySchedule: [],
  createdAt: new Date(NOW),
  updatedAt: new Date(NOW),
};
const streak = { sinceMs: NOW - DAY, lastMs: NOW, failedMs: DAY, attempts: 9, limitMs: 2 * DAY };
const certificate = (days: number) => ({
  subject: 'CN=acme',
  fingerprint: 'AB',
  expiresAt: new Date(NOW + days * DAY).toISOString(),
});

describe('warnings about an endpoint', () => {
  const codesOf = (fields: Partial<KeptEndpoint>, failing?: typeof streak & { readonly warnedPercent: number }) => {
    const health = healthOut({ ...kept, ...fields }, failing === undefined ? undefined : { failing }, NOW);
    return warningsOut({ ...kept, ...fields }, health, undefined, NOW).map(({ code }) => code);
  };

  it('are none about one that is well', () => {
    expect(codesOf({})).toEqual([]);
  });

  it('are of failures once its owner was warned', () => {
    expect(codesOf({}, { ...streak, warnedPercent: 0 })).toEqual([]);
    expect(codesOf({}, { ...streak, warnedPercent: 50 })).toEqual(['failing']);
  });

  it('are of plain HTTP', () => {
    expect(codesOf({ url: 'HTTP://10.0.0.1/' })).toEqual(['plain-http']);
  });

  it('are of certificates that end soon, whoever has them', () => {
    const ofTls = (tls: Parameters<typeof warningsOut>[2]) => warningsOut(kept, { state: 'healthy' }, tls, NOW);
    expect(ofTls({ certificate: certificate(31), ca: [certificate(400)] })).toEqual([]);
    expect(ofTls({ certificate: certificate(29), ca: [certificate(-1)] })).toMatchObject([
      { code: 'certificate-expires', detail: expect.stringContaining('CN=acme') },
      { code: 'certificate-expires' },
    ]);
  });
});
