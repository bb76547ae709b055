import type { EndpointHealthOut, EndpointWarningOut, TlsOut } from '@signpost/contracts';
import { healthOf, type HealthMemory } from '@signpost/domain';
import type { KeptEndpoint } from '@signpost/ports';

const DAY_MS = 86_400_000;
/** A certificate is warned about this long before its end. */
const CERTIFICATE_WARNED_MS = 30 * DAY_MS;

/** `memory`: what its lane remembers of it, if anything. */
export function healthOut(kept: KeptEndpoint, memory: HealthMemory | undefined, nowMs: number): EndpointHealthOut {
  const health = healthOf(kept, memory, nowMs);
  switch (health.kind) {
    case 'healthy':
      return { state: 'healthy' };
    case 'failing': {
      const { lastFailure, nextProbeAtMs } = health;
      return {
        state: 'failing',
        since: iso(health.sinceMs),
        warnedPercent: health.warnedPercent,
        disablesAt: iso(health.disablesAtMs),
        ...(lastFailure === undefined ? {} : { lastFailure }),
        ...(nextProbeAtMs === undefined ? {} : { nextProbeAt: iso(nextProbeAtMs) }),
        why: failingWhy(lastFailure),
      };
    }
    case 'breaker-open':
      return {
        state: 'breaker-open',
        nextProbeAt: iso(health.nextProbeAtMs),
        why: 'Many deliveries failed in a row, so that it is left alone for a while; those that fall due count as failed. Look at the latest attempts.',
      };
    case 'throttled':
      return {
        state: 'throttled',
        nextProbeAt: iso(health.nextProbeAtMs),
        why: 'The receiver asked for silence (Retry-After, or 429). Deliveries wait, and no attempt is spent.',
      };
    case 'paused':
      return {
        state: 'paused',
        since: iso(health.sinceMs),
        by: health.by,
        why: 'Its owner paused it: deliveries wait, and no attempt is spent. Resume it to hand them on.',
      };
    case 'disabled':
      return {
        state: 'disabled',
        reason: health.by,
        ...(health.sinceMs === undefined ? {} : { since: iso(health.sinceMs) }),
        why: disabledWhy(health.by),
      };
  }
}

/** What works now and will not, or not as its owner may think. */
export function warningsOut(
  kept: Pick<KeptEndpoint, 'url'>,
  health: EndpointHealthOut,
  tls: TlsOut | undefined,
  nowMs: number,
): EndpointWarningOut[] {
  const warnings: EndpointWarningOut[] = [];
  if (health.state === 'failing' && health.warnedPercent > 0) {
    const detail = `Nothing but failures so far. It is disabled at ${health.disablesAt} if it goes on failing.`;
    warnings.push({ code: 'failing', detail, since: health.since });
  }
  for (const { subject, expiresAt } of [...certificatesOf(tls), ...(tls?.ca ?? [])]) {
    if (Date.parse(expiresAt) - nowMs > CERTIFICATE_WARNED_MS) continue;
    const detail = `The certificate of ${subject} ends at ${expiresAt}: no delivery arrives with it from then on. Set a new one.`;
    warnings.push({ code: 'certificate-expires', detail });
  }
  if (kept.url.toLowerCase().startsWith('http:')) {
    const detail = 'Deliveries go over plain HTTP: whoever is on their way reads them, secrets in headers included.';
    warnings.push({ code: 'plain-http', detail });
  }
  return warnings;
}

const certificatesOf = (tls: TlsOut | undefined) => (tls?.certificate === undefined ? [] : [tls.certificate]);

function failingWhy(lastFailure: string | undefined): string {
  const last = lastFailure === undefined ? '' : `, the last of them ${lastFailure}`;
  return `Nothing but failures${last}. Look at the latest attempts and mend the receiver.`;
}

function disabledWhy(by: string): string {
  switch (by) {
    case 'owner':
      return 'Its owner disabled it: deliveries wait. Enable it to hand them on.';
    case 'gone':
      return 'The receiver answered 410, which takes the endpoint down for good. Enable it once the receiver is back.';
    default:
      return 'It had nothing but failures for too long. Mend the receiver and enable it: what waits is handed on then.';
  }
}

const iso = (atMs: number): string => new Date(atMs).toISOString();
