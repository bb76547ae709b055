import { certificatesIn, readCertificate } from '@signpost/domain';
import type { Metrics } from '@signpost/observability';

const DAY_MS = 86_400_000;
/** A class changes by the day. */
const JUDGED_FOR_MS = 60_000;
const ENDS = ['past', 'within-7d', 'within-30d', 'later'] as const;
const USES = ['endpoint-client', 'kafka', 'database'] as const;

export type CertificateUse = (typeof USES)[number];
type End = (typeof ENDS)[number];
type Counts = Readonly<Record<CertificateUse, Readonly<Record<End, number>>>>;

const known = new WeakMap<Metrics, CertificateEnds>();

/** When the certificates end that this process holds for others to check; of each no more than that is kept. */
export class CertificateEnds {
  private readonly endsMs = new Map(USES.map((use) => [use, new Map<string, number>()]));
  private judged: { readonly untilMs: number; readonly counts: Counts } | undefined;

  private constructor(
    metrics: Metrics,
    private readonly now: () => number,
  ) {
    for (const use of USES)
      for (const ends of ENDS) metrics.of.certificates.onScrape(() => this.counts()[use][ends], { use, ends });
  }

  /** One for each process, as its metrics are. */
  static of(metrics: Metrics, now: () => number = Date.now): CertificateEnds {
    const made = known.get(metrics) ?? new CertificateEnds(metrics, now);
    known.set(metrics, made);
    return made;
  }

  /** In place of what `holder` held before; undefined: nothing any more. A chain ends with the first of it. */
  hold(use: CertificateUse, holder: string, pem: string | undefined): void {
    const ends =
      pem === undefined ? [] : certificatesIn(pem).map((one) => readCertificate(one)?.validToDate.getTime() ?? 0);
    const changed =
      ends.length === 0 ? this.endsMs.get(use)?.delete(holder) : this.endsMs.get(use)?.set(holder, Math.min(...ends));
    // Nearly no endpoint has one: those are no reason to judge the others anew.
    if (changed !== false) this.judged = undefined;
  }

  private counts(): Counts {
    const nowMs = this.now();
    if (this.judged === undefined || nowMs >= this.judged.untilMs)
      this.judged = { untilMs: nowMs + JUDGED_FOR_MS, counts: this.judge(nowMs) };
    return this.judged.counts;
  }

  private judge(nowMs: number): Counts {
    return Object.fromEntries(
      USES.map((use) => {
        const counts = { past: 0, 'within-7d': 0, 'within-30d': 0, later: 0 };
        for (const endMs of this.endsMs.get(use)?.values() ?? []) counts[endOf(endMs - nowMs)] += 1;
        return [use, counts];
      }),
    ) as Record<CertificateUse, Record<End, number>>;
  }
}

function endOf(leftMs: number): End {
  if (leftMs <= 0) return 'past';
  if (leftMs <= 7 * DAY_MS) return 'within-7d';
  return leftMs <= 30 * DAY_MS ? 'within-30d' : 'later';
}
