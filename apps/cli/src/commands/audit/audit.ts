import { setTimeout as wait } from 'node:timers/promises';
import type { AccountOut, AuditOut, ViolationOut } from '@signpost/contracts';
import { interrupted, type ApiClient } from '../../api/client.js';
import type { Context } from '../../context.js';
import { FindingError, UsageError, WorkFailedError } from '../../errors.js';
import { shownTime } from '../../output/durations.js';
import { timeLeft } from '../../output/progress.js';
import { addNumbers, numbersOf, type Numbers } from './numbers.js';
import type { AuditGiven } from './specification.js';

const PATH = '/api/v1/account';
const HOUR_MS = 3_600_000;
/** What one question may span. */
const WIDEST_MS = 24 * HOUR_MS;
const MINUTE_MS = 60_000;
/** A look follows the pipeline first, and then reads for a while. */
const PATIENCE_MS = 120_000;
const MOST_STALLS = 5;
const STALL_MS = 2_000;

export async function audit(context: Context, given: AuditGiven): Promise<void> {
  const proof = new Proof(context, await context.client(PATIENCE_MS), given);
  await proof.run();
  proof.print();
  proof.judge();
}

/** Asks for one part of the window after the other, until all of it was looked at. */
class Proof {
  private readonly sinceMs: number;
  private readonly untilMs: number;
  private checkedMs: number;
  private readonly violations: ViolationOut[] = [];
  private more = 0;
  private totals: Numbers = {};
  /** The totals are counted as it goes: what has happened since is proven here, and not in them yet. */
  private countedAt: string | null = null;
  private waitingFor: string | undefined;
  /** Of what was accepted before then nothing can be proven. */
  private countedFromMs = 0;

  /** @throws UsageError for a window that has not begun */
  constructor(
    private readonly context: Context,
    private readonly client: ApiClient,
    private readonly given: AuditGiven,
  ) {
    // What has not been accepted yet is no part of it.
    this.untilMs = Math.min(given.until?.getTime() ?? Infinity, Date.now());
    this.sinceMs = given.since?.getTime() ?? this.untilMs - HOUR_MS;
    this.checkedMs = this.sinceMs;
    if (this.sinceMs < this.untilMs) return;
    throw new UsageError(
      `--since (${new Date(this.sinceMs).toISOString()}) lies in the future: there is nothing to prove yet`,
      'Give an earlier time, or how long ago: 2h, 7d.',
    );
  }

  async run(): Promise<void> {
    const { output, signal } = this.context;
    const bar = output.progress('Looking, minutes');
    const startedAtMs = performance.now();
    const total = Math.ceil((this.untilMs - this.sinceMs) / MINUTE_MS);
    let stalls = 0;
    try {
      while (this.checkedMs < this.untilMs) {
        const before = this.checkedMs;
        const isDone = await this.look();
        const done = Math.min(total, Math.floor((this.checkedMs - this.sinceMs) / MINUTE_MS));
        bar.show({ done, total, leftMs: timeLeft(done, total, performance.now() - startedAtMs) });
        if (isDone || this.checkedMs > before) continue;
        stalls += 1;
        if (stalls > MOST_STALLS) break;
        await wait(STALL_MS, undefined, { signal }).catch(() => {
          throw interrupted();
        });
      }
    } finally {
      bar.clear();
    }
    await this.count();
  }

  private async look(): Promise<boolean> {
    const endMs = Math.min(this.checkedMs + WIDEST_MS, this.untilMs);
    const found = await this.client.get<AuditOut>(`${PATH}/audit`, {
      appId: this.given.app,
      since: new Date(this.checkedMs),
      until: new Date(endMs),
    });
    this.violations.push(...found.violations);
    this.more += Object.values(found.more).reduce((sum, count) => sum + count, 0);
    this.waitingFor = found.waitingFor ?? undefined;
    // An older server does not say.
    const countedFromMs = Date.parse((found as Partial<AuditOut>).countedFrom ?? '');
    if (!Number.isNaN(countedFromMs)) this.countedFromMs = countedFromMs;
    const checkedMs = Date.parse(found.checkedUntil);
    this.checkedMs = found.done ? endMs : Math.max(this.checkedMs, Number.isNaN(checkedMs) ? 0 : checkedMs);
    return found.done;
  }

  /** Of the same window, from what was counted as it went. */
  private async count(): Promise<void> {
    for (let fromMs = this.sinceMs; fromMs < this.untilMs; fromMs += WIDEST_MS) {
      const { totals, settledAt } = await this.client.get<AccountOut>(PATH, {
        appId: this.given.app,
        since: new Date(fromMs),
        until: new Date(Math.min(fromMs + WIDEST_MS, this.untilMs)),
        limit: 1,
      });
      this.totals = addNumbers(this.totals, totals);
      this.countedAt = settledAt;
    }
  }

  private get isComplete(): boolean {
    return this.checkedMs >= this.untilMs;
  }

  /** Whether the account reaches into the window. */
  private get isCounted(): boolean {
    return this.countedFromMs < this.untilMs;
  }

  print(): void {
    const { output } = this.context;
    const { violations, totals, more } = this;
    const [since, checkedUntil] = [new Date(this.sinceMs).toISOString(), new Date(this.checkedMs).toISOString()];
    if (output.isJson) {
      const until = new Date(this.untilMs).toISOString();
      const balanced = violations.length === 0 && this.isCounted;
      const waitingFor = this.waitingFor ?? null;
      output.json({
        since,
        until,
        checkedUntil,
        done: this.isComplete,
        balanced,
        violations,
        more,
        waitingFor,
        countedAt: this.countedAt,
        countedFrom: new Date(this.countedFromMs).toISOString(),
        totals,
      });
      return;
    }
    output.fields([
      ['since', shownTime(since)],
      ['checked until', shownTime(checkedUntil)],
      ['counted at', this.countedAt === null ? 'not counted yet' : shownTime(this.countedAt)],
      ...numbersOf(totals),
    ]);
    for (const { kind, id, text } of violations) output.line(`${output.paint('red', kind)}  ${id}  ${text}`);
    if (more > 0) output.line(`and ${more.toLocaleString('en')} more that are not named: ask for less of the time.`);
    if (this.countedFromMs > this.sinceMs) {
      const from = shownTime(new Date(this.countedFromMs));
      output.note(`What was accepted before ${from} is in no account: nothing is proven of it.`);
    }
    if (violations.length === 0 && this.isComplete && this.isCounted)
      output.line(output.paint('green', 'The account is balanced.'));
  }

  /** @throws FindingError, WorkFailedError */
  judge(): void {
    const { violations, waitingFor } = this;
    if (violations.length > 0) {
      throw new FindingError(
        `The account is not balanced: ${(violations.length + this.more).toLocaleString('en')} ids break it`,
        '`signpost explain <id>` shows how far each has come; docs/runbooks/account.md says what to do.',
      );
    }
    if (!this.isCounted) {
      throw new WorkFailedError(
        `Nothing is proven: the account begins at ${shownTime(new Date(this.countedFromMs))}, after the window`,
        'Ask for a later time: the account is kept as long as the delivery log.',
      );
    }
    if (this.isComplete) return;
    throw new WorkFailedError(
      `The account is proven until ${shownTime(new Date(this.checkedMs))} alone${waitingFor === undefined ? '' : `: ${waitingFor} is behind`}`,
      'Try again once it has caught up, or ask for an earlier --until.',
    );
  }
}
