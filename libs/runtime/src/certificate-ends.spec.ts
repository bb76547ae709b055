import { describe, expect, it } from '@jest/globals';
import { Metrics } from '@signpost/observability';
import { CertificateAuthority } from '../../testing/src/receiver/certificates.js';
import { CertificateEnds } from './certificate-ends.js';

const DAY_MS = 86_400_000;
const authority = CertificateAuthority.create();

function scene() {
  const metrics = new Metrics({ processMetrics: false });
  const clock = { nowMs: Date.now() };
  const ends = CertificateEnds.of(metrics, () => clock.nowMs);
  const shown = async (use: string): Promise<Readonly<Record<string, number>>> => {
    const lines = (await metrics.registry.metrics()).split('\n');
    return Object.fromEntries(
      lines.flatMap((line): (readonly [string, number])[] => {
        const found = new RegExp(`^signpost_certificates{use="${use}",ends="(.*)"} (\\d+)$`).exec(line);
        return found === null ? [] : [[found[1] ?? '', Number(found[2])]];
      }),
    );
  };
  const endingIn = (days: number) =>
    authority.issue({
      hosts: ['a.example'],
      notBefore: new Date(clock.nowMs - 90 * DAY_MS),
      notAfter: new Date(clock.nowMs + days * DAY_MS),
    }).cert;
  return { metrics, ends, clock, shown, endingIn };
}

describe('when certificates end', () => {
  it('is counted by how long they are still good for, and by what they are for', async () => {
    const { ends, shown, endingIn } = scene();
    [-1, 3, 6, 20, 40, 400].forEach((days, n) => ends.hold('endpoint-client', `ep_${String(n)}`, endingIn(days)));
    ends.hold('kafka', 'own', endingIn(2));
    expect(await shown('endpoint-client')).toEqual({ past: 1, 'within-7d': 2, 'within-30d': 1, later: 2 });
    expect(await shown('kafka')).toEqual({ past: 0, 'within-7d': 1, 'within-30d': 0, later: 0 });
    expect(await shown('database')).toEqual({ past: 0, 'within-7d': 0, 'within-30d': 0, later: 0 });
  });

  it('is that of the one that ends first of a chain', async () => {
    const { ends, shown, endingIn } = scene();
    ends.hold('database', 'own', `${endingIn(90)}\n${endingIn(5)}`);
    expect((await shown('database'))['within-7d']).toBe(1);
  });

  it('follows what an endpoint holds now, and the clock', async () => {
    const { ends, clock, shown, endingIn } = scene();
    ends.hold('endpoint-client', 'ep_1', endingIn(40));
    expect((await shown('endpoint-client'))['later']).toBe(1);
    ends.hold('endpoint-client', 'ep_1', endingIn(20));
    expect(await shown('endpoint-client')).toMatchObject({ 'within-30d': 1, later: 0 });
    clock.nowMs += 15 * DAY_MS;
    expect(await shown('endpoint-client')).toMatchObject({ 'within-7d': 1, 'within-30d': 0 });
    ends.hold('endpoint-client', 'ep_1', undefined);
    expect(await shown('endpoint-client')).toMatchObject({ 'within-7d': 0 });
  });

  it('takes what cannot be read for nothing, and is one for each process', async () => {
    const { metrics, ends, shown } = scene();
    ends.hold('endpoint-client', 'ep_1', 'no certificate');
    expect(await shown('endpoint-client')).toMatchObject({ past: 0 });
    expect(CertificateEnds.of(metrics)).toBe(ends);
  });
});
