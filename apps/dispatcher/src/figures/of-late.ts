import { RecentKeys, StandingOut, type ApplicationId, type Endpoint, type StandingOutRules } from '@signpost/domain';
import type { Metrics } from '@signpost/observability';
import type { Attempted, AttemptOutcome } from '../attempt.js';
import { OneLook } from './one-look.js';

/** Of a minute; beyond them the first so many stand for all. */
const MOST_RECENT = 10_000;
const MINUTE_MS = 60_000;
/** Five minutes, in spans short enough to be of now. What is named makes out at least a hundredth of all. */
const STANDING_OUT: StandingOutRules = { capacity: 128, spanMs: 10_000, spans: 30, most: 10, leastShare: 0.01 };

/** A request went out, or tried to. */
const REQUESTED: ReadonlySet<AttemptOutcome> = new Set([
  'delivered',
  'http-error',
  'gone',
  'timeout',
  'network-error',
] as const);

/** Which endpoints, applications and origins there were of late, and who stands out among them, in bounded memory. */
export class OfLate {
  private readonly endpoints: RecentKeys;
  private readonly origins: RecentKeys;
  private readonly failing: StandingOut<ApplicationId>;
  private readonly busy: StandingOut<undefined>;

  constructor(
    private readonly metrics: Metrics,
    nowMs: number,
  ) {
    this.endpoints = new RecentKeys(MOST_RECENT, MINUTE_MS, nowMs);
    this.origins = new RecentKeys(MOST_RECENT, MINUTE_MS, nowMs);
    this.failing = new StandingOut(STANDING_OUT, nowMs);
    this.busy = new StandingOut(STANDING_OUT, nowMs);
    const { worstEndpointsShare, busiestApplicationsShare } = metrics.of;
    worstEndpointsShare.set(1);
    busiestApplicationsShare.set(1);
    this.show();
  }

  attempted({ id, applicationId, url }: Endpoint, { verdict, outcome, status, timing }: Attempted): void {
    const delivered = verdict.kind === 'delivered';
    this.endpoints.note(id, delivered);
    this.busy.add(applicationId, undefined);
    if (!delivered) this.failing.add(id, applicationId);
    // What never went out, for want of room or of a certificate, says nothing of the way.
    if (REQUESTED.has(outcome) && timing.totalMs > 0) this.origins.note(originOf(url), status !== undefined);
  }

  /** Every second or so. */
  roll(nowMs: number): void {
    this.endpoints.roll(nowMs);
    this.origins.roll(nowMs);
    const { worstEndpoints, worstEndpointsShare, busiestApplications, busiestApplicationsShare } = this.metrics.of;
    const worst = this.failing.roll(nowMs);
    if (worst !== undefined) {
      worstEndpoints.show(
        worst.rows.map(({ key, about, count }) => ({ ids: { application: about, endpoint: key }, value: count })),
      );
      worstEndpointsShare.set(worst.share);
    }
    const busiest = this.busy.roll(nowMs);
    if (busiest === undefined) return;
    busiestApplications.show(busiest.rows.map(({ key, count }) => ({ ids: { application: key }, value: count })));
    busiestApplicationsShare.set(busiest.share);
  }

  private show(): void {
    const { endpointsRecent, originsRecent } = this.metrics.of;
    const endpoints = new OneLook(() => this.endpoints.count());
    const origins = new OneLook(() => this.origins.count());
    endpointsRecent.onScrape(() => endpoints.now().good, { state: 'succeeding' });
    endpointsRecent.onScrape(() => endpoints.now().bad, { state: 'failing' });
    originsRecent.onScrape(() => origins.now().good, { state: 'reachable' });
    originsRecent.onScrape(() => origins.now().bad, { state: 'unreachable' });
  }
}

/** As its owner wrote it: to parse it for every attempt would cost more than all the rest. */
function originOf(url: string): string {
  const path = url.indexOf('/', url.indexOf('://') + 3);
  return path < 0 ? url : url.slice(0, path);
}
