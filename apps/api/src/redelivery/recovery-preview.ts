import { Injectable } from '@nestjs/common';
import type { RecoveryPreviewOut } from '@signpost/contracts';
import { mayOverlap, type SelectionReach } from '@signpost/domain';
import { EndpointStore, RecoveryStore, type Recovery, type RecoveryPlan, type RecoveryPreview } from '@signpost/ports';
import { ApiError } from '@signpost/runtime';
import { EndpointWellness } from './endpoint-wellness.js';

/** Recoveries under way that an overlap is looked for in, the latest first. */
const MOST_COMPARED = 250;

/** Dry runs of one process at a time: each may count for as long as anybody waits, on one of the log's few connections. */
const AT_ONCE = 2;
const RETRY_SECONDS = 5;
const TOO_MANY = 'Other dry runs are being counted. Ask again after the time in Retry-After, or narrow the selection.';

type Note = RecoveryPreviewOut['notes'][number];

/** What a recovery would do, and what to know before it is done. */
@Injectable()
export class RecoveryPreviews {
  private underWay = 0;

  constructor(
    private readonly recoveries: RecoveryStore,
    private readonly wellness: EndpointWellness,
    private readonly endpoints: EndpointStore,
  ) {}

  /** @throws ApiError 429 while this process is at as many as it does at once */
  async of(plan: RecoveryPlan, isEverything: boolean): Promise<RecoveryPreviewOut> {
    if (this.underWay >= AT_ONCE) throw new ApiError(429, 'too_many_dry_runs', TOO_MANY, RETRY_SECONDS);
    this.underWay += 1;
    try {
      return await this.made(plan, isEverything);
    } finally {
      this.underWay -= 1;
    }
  }

  private async made(plan: RecoveryPlan, isEverything: boolean): Promise<RecoveryPreviewOut> {
    const [preview, notes] = await Promise.all([this.recoveries.preview(plan), this.notesOn(plan)]);
    return {
      count: preview.count ?? null,
      histogram: [...preview.histogram],
      samples: preview.samples.map((one) => ({
        deliveryId: one.deliveryId,
        msgId: one.messageId,
        endpointId: one.endpointId,
        eventType: one.eventType,
        state: one.state ?? null,
        reason: one.reason ?? null,
        attempts: one.attempts ?? 0,
      })),
      notes: [...notesOf(preview, isEverything), ...notes],
    };
  }

  private async notesOn(plan: RecoveryPlan): Promise<readonly Note[]> {
    const notes: Note[] = [];
    // Of rejected records each is taken by one recovery: the other finds it open no more.
    if (plan.kind === 'rejected') return notes;
    const overlapping = plan.toUrl === undefined ? await this.overlapping(plan) : [];
    if (overlapping.length > 0) {
      notes.push({
        code: 'overlaps',
        text: 'Recoveries under way may hold the same records. Each record is sent by the one that comes to it first; the other leaves it out as under way.',
        recoveryIds: overlapping,
      });
    }
    const { applicationId, endpointId } = plan.selection;
    if (plan.toUrl !== undefined || applicationId === undefined || endpointId === undefined) return notes;
    const health = await this.wellness.of(applicationId, endpointId, Date.now());
    if (plan.kind === 'backfill' && (await this.endpoints.get(applicationId, endpointId))?.filters !== undefined) {
      const text =
        'The endpoint filters by content. Messages that it filters out are counted here, and left out when it is done.';
      notes.push({ code: 'filters-apart', text });
    }
    if (health !== undefined && health.kind !== 'healthy') {
      const text = `The endpoint is ${health.kind}. What is handed over waits there, or uses up its attempts; "onlyWhileHealthy": true waits instead.`;
      notes.push({ code: 'endpoint-unwell', text });
    }
    return notes;
  }

  private async overlapping({ organisationId, selection }: RecoveryPlan): Promise<string[]> {
    const page = { limit: MOST_COMPARED, order: 'descending' } as const;
    const others = await this.recoveries.list(organisationId, page, { statuses: ['running', 'paused'] });
    return others
      .filter(
        (other: Recovery) =>
          other.toUrl === undefined &&
          other.kind !== 'rejected' &&
          mayOverlap(reachOf(selection), reachOf(other.selection)),
      )
      .map(({ id }) => id);
  }
}

function notesOf({ count }: RecoveryPreview, isEverything: boolean): readonly Note[] {
  const notes: Note[] = [];
  if (count === 0) {
    const text =
      'Nothing matches: look at the times, and at each name in the selection. In earnest it would end at once.';
    notes.push({ code: 'nothing', text });
  }
  if (count === undefined) {
    const text = 'There are too many to count in time. Narrow it by application, endpoint or time to see how many.';
    notes.push({ code: 'uncounted', text });
  }
  if (isEverything) {
    const text = 'Nothing narrows it: everything of the organisation is meant. In earnest it needs "everything": true.';
    notes.push({ code: 'everything', text });
  }
  return notes;
}

const reachOf = ({ since, until, ...rest }: RecoveryPlan['selection']): SelectionReach => ({
  ...rest,
  sinceMs: since.getTime(),
  untilMs: until.getTime(),
});
