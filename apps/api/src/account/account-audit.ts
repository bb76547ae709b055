import { Injectable } from '@nestjs/common';
import type { AuditOut } from '@signpost/contracts';
import { accountOf, Steps, timeOfId, type Difference, type Violation } from '@signpost/domain';
import { Log } from '@signpost/observability';
import {
  AcceptedMessages,
  AcceptedMessagesSlowError,
  DeliveryAccountReader,
  PipelineProgress,
  type AccountProgress,
  type AccountScope,
  type AccountWindow,
  type NamedMessage,
  type Settled,
} from '@signpost/ports';
import { ApiError } from '@signpost/runtime';
import { keyOf, neverRecorded, violationOut, violationsIn, type Found } from './violations.js';

const SETTLE_WITHIN_MS = 10_000;
const MINUTE_MS = 60_000;
/** Audits of one process: each reads the log as fast as it can. */
const AT_ONCE = 2;
const TOO_MANY =
  'Other audits are under way, each of which reads much of the log. Ask again after the time in Retry-After.';
const RETRY_SECONDS = 15;
/** In the place of a group, when Kafka itself does not answer. */
const KAFKA = 'kafka';
/** After this nothing more is begun; what is left is for the next question. */
const LOOK_FOR_MS = 15_000;
const STRIDE = { first: 60_000, shortest: 1_000, longest: 900_000, meant: 1_000 };
/** For the topics of one step. */
const READ_WITHIN_MS = 5_000;
/** Ids that are looked up in the log at once. */
const LOOKED_UP = 2_000;
/** Nothing of one millisecond is left out of a second look. */
const OF_A_MOMENT = 1_000;

/** What the first look found. */
interface Findings {
  readonly found: Found[];
  readonly counts: Map<Violation, number>;
  accepted: number;
  runs: number;
  read: number;
  checkedUntil: Date;
  waitingFor: string | null;
}

/**
 * Proves the account of a window. Only what was accepted before a moment up to which all is settled is looked at, one step after
 * the other, and what breaks the account there is looked at again after another such moment: what was in the middle of its way at
 * the first look is at its end by then.
 */
@Injectable()
export class AccountAudit {
  private underWay = 0;

  constructor(
    private readonly reader: DeliveryAccountReader,
    private readonly progress: PipelineProgress,
    private readonly accepted: AcceptedMessages,
    private readonly log: Log,
  ) {}

  /** @throws ApiError 429 while this process is at as many as it does at once */
  async audit(scope: AccountScope, asked: AccountWindow, known: AccountProgress, limit: number): Promise<AuditOut> {
    if (this.underWay >= AT_ONCE) throw new ApiError(429, 'too_many_audits', TOO_MANY, RETRY_SECONDS);
    this.underWay += 1;
    try {
      return await this.prove(scope, asked, known, limit);
    } finally {
      this.underWay -= 1;
    }
  }

  private async prove(
    scope: AccountScope,
    asked: AccountWindow,
    known: AccountProgress,
    limit: number,
  ): Promise<AuditOut> {
    const since = later(asked.since, known.countedFrom);
    const { settledAt, behind } = await this.settle(known);
    const end = earlier(asked.until, settledAt ?? since);
    const findings: Findings = {
      found: [],
      counts: new Map(),
      accepted: 0,
      runs: 0,
      read: 0,
      checkedUntil: since,
      waitingFor: end < asked.until ? behind : null,
    };
    if (settledAt !== undefined) await this.lookThrough(scope, { since, until: end }, settledAt, limit, findings);
    const confirmed = await this.confirm(scope, findings, settledAt);
    return { ...answer(asked, findings, confirmed), countedFrom: known.countedFrom.toISOString() };
  }

  /** Up to when all is settled: now, if the pipeline is quick enough, or whenever it last was. */
  private async settle(known: AccountProgress): Promise<{ settledAt: Date | undefined; behind: string | null }> {
    const settled = await this.settledNow();
    if (settled.kind === 'settled') return { settledAt: known.now, behind: null };
    return { settledAt: settled.group === KAFKA ? undefined : known.settledAt, behind: settled.group };
  }

  private settledNow(): Promise<Settled> {
    return this.progress.settled(SETTLE_WITHIN_MS).catch((error: unknown) => {
      this.log.warn('an audit cannot ask Kafka how far the pipeline is', {
        reason: error instanceof Error ? error.message : String(error),
      });
      return { kind: 'behind', group: KAFKA };
    });
  }

  private async lookThrough(
    scope: AccountScope,
    { since, until }: AccountWindow,
    settledAt: Date,
    limit: number,
    findings: Findings,
  ): Promise<void> {
    const deadline = performance.now() + LOOK_FOR_MS;
    const steps = new Steps(since.getTime(), STRIDE);
    while (steps.reached < until && performance.now() < deadline) {
      const window = steps.next(until.getTime());
      const began = performance.now();
      if (!(await this.lookInTopics(scope, window, limit, findings))) {
        if (steps.failed()) continue;
        findings.waitingFor = 'topics';
        return;
      }
      await this.lookAt(scope, window, settledAt, limit, findings);
      steps.done(window.until, performance.now() - began);
      findings.checkedUntil = steps.reached;
    }
  }

  private async lookAt(
    scope: AccountScope,
    window: AccountWindow,
    settledAt: Date,
    limit: number,
    findings: Findings,
  ): Promise<void> {
    const { messages, runs } = await this.reader.look(scope, window, settledAt);
    const account = accountOf(messages, runs, true);
    findings.accepted += account.accepted;
    findings.runs += account.deliveries + account.redeliveries;
    const differences = Object.entries(account.differences) as [Difference, number][];
    for (const [kind, number] of differences) count(findings, kind, number);
    const rest = limit - findings.found.length;
    if (rest <= 0 || differences.every(([, number]) => number === 0)) return;
    const suspects = await this.reader.suspects(scope, window, settledAt, rest);
    findings.found.push(...violationsIn(suspects).slice(0, rest));
  }

  /** For what the topics hold of the window and the log does not; false when that could not be found out in time. */
  private async lookInTopics(
    scope: AccountScope,
    window: AccountWindow,
    limit: number,
    findings: Findings,
  ): Promise<boolean> {
    const named: NamedMessage[] = [];
    const room = Math.max(0, limit - findings.found.length);
    let [read, missing] = [0, 0];
    try {
      for await (const batch of this.accepted.written(window, READ_WITHIN_MS)) {
        read += batch.length;
        for (let from = 0; from < batch.length; from += LOOKED_UP) {
          const unrecorded = await this.reader.unrecorded(scope, batch.slice(from, from + LOOKED_UP));
          missing += unrecorded.length;
          named.push(...unrecorded.slice(0, room - named.length));
        }
      }
    } catch (error) {
      if (error instanceof AcceptedMessagesSlowError) return false;
      throw error;
    }
    findings.read += read;
    count(findings, 'never-recorded', missing);
    findings.found.push(...named.map(neverRecorded));
    return true;
  }

  /**
   * What of the findings breaks the account for sure; the group that is behind when that can't be said now. Where nothing of a
   * minute has arrived since all was settled, the first look has proven it; the rest is looked at once more.
   */
  private async confirm(
    scope: AccountScope,
    { found }: Findings,
    settledAt: Date | undefined,
  ): Promise<readonly Found[] | string> {
    if (found.length === 0 || settledAt === undefined) return found;
    const arrivals = await this.reader.lastArrivals(found.map((each) => minuteOf(each)));
    const isProven = (each: Found): boolean =>
      each.kind !== 'never-recorded' && (arrivals.get(minuteOf(each).getTime()) ?? new Date(0)) < settledAt;
    const unsure = found.filter((each) => !isProven(each));
    if (unsure.length === 0) return found;
    const { now } = await this.reader.progress();
    const settled = await this.settledNow();
    if (settled.kind === 'behind' && unsure.some(({ kind }) => kind !== 'never-recorded')) return settled.group;
    const still = await this.lookAgain(scope, unsure, settled.kind === 'settled' ? now : settledAt);
    return found.filter((each) => isProven(each) || still.has(keyOf(each)));
  }

  private async lookAgain(scope: AccountScope, found: readonly Found[], settledAt: Date): Promise<ReadonlySet<string>> {
    const still = new Set<string>();
    const inTopics = found.filter(({ kind }) => kind === 'never-recorded').map(({ message }) => message);
    if (inTopics.length > 0)
      for (const message of await this.reader.unrecorded(scope, inTopics)) still.add(keyOf(neverRecorded(message)));
    const inLog = found.filter(({ kind }) => kind !== 'never-recorded');
    for (const atMs of new Set(inLog.map(({ message }) => timeOfId(message.id) ?? 0))) {
      const moment = { since: new Date(atMs), until: new Date(atMs + 1) };
      for (const again of violationsIn(await this.reader.suspects(scope, moment, settledAt, OF_A_MOMENT)))
        still.add(keyOf(again));
    }
    return still;
  }
}

/** When the minute of its message began. */
const minuteOf = ({ message }: Found): Date =>
  new Date(Math.floor((timeOfId(message.id) ?? 0) / MINUTE_MS) * MINUTE_MS);

function count(findings: Findings, kind: Violation, number: number): void {
  if (number > 0) findings.counts.set(kind, (findings.counts.get(kind) ?? 0) + number);
}

function answer(
  asked: AccountWindow,
  findings: Findings,
  confirmed: readonly Found[] | string,
): Omit<AuditOut, 'countedFrom'> {
  // Nothing is proven of what could not be looked at a second time.
  const isConfirmed = typeof confirmed !== 'string';
  const checkedUntil = isConfirmed ? findings.checkedUntil : asked.since;
  const violations = isConfirmed ? confirmed : [];
  const more: Partial<Record<Violation, number>> = {};
  for (const [kind, number] of isConfirmed ? findings.counts : []) {
    const left = number - findings.found.filter((each) => each.kind === kind).length;
    if (left > 0) more[kind] = left;
  }
  const difference = violations.length + Object.values(more).reduce((sum, number) => sum + number, 0);
  return {
    since: asked.since.toISOString(),
    until: asked.until.toISOString(),
    checkedUntil: earlier(asked.until, later(checkedUntil, asked.since)).toISOString(),
    done: isConfirmed && checkedUntil >= asked.until,
    balanced: isConfirmed && difference === 0,
    difference,
    violations: violations.map(violationOut),
    more,
    accepted: findings.accepted,
    runs: findings.runs,
    topics: { read: findings.read },
    waitingFor: isConfirmed ? findings.waitingFor : confirmed,
  };
}

const later = (a: Date, b: Date): Date => (a > b ? a : b);
const earlier = (a: Date, b: Date): Date => (a < b ? a : b);
