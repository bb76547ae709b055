import {
  allowedPerSecond,
  isSwitchedOff,
  LANE_STATES,
  paceOf,
  switchedOn,
  withoutPace,
  type ControlChange,
  type ControlView,
  type EndpointId,
  type LanePace,
  type LaneRules,
  type SecretBox,
} from '@signpost/domain';
import { TOPICS } from '@signpost/contracts';
import type { Log, Metrics, Tracing } from '@signpost/observability';
import {
  AssignmentObserver,
  type AttemptTimeouts,
  type PartitionLease,
  type RecordBatch,
  type RecordSink,
  type TopicFollower,
  type Transformer,
  type WebhookSender,
} from '@signpost/ports';
import type { Fatal } from '@signpost/runtime';
import { AccessTokens } from './access-tokens.js';
import { ApplicationRates } from './application-rates.js';
import { Attempts } from './attempt.js';
import { Coalescer } from './coalescer.js';
import { ConversationReleases } from './conversation-releases.js';
import { Conversations } from './conversations.js';
import { DeliveryTraces } from './delivery-traces.js';
import { Dispatcher } from './dispatcher.js';
import type { DispatcherConfig } from './dispatcher.config.js';
import { FailingWatch } from './failing-watch.js';
import { AttemptFigures } from './figures/attempt-figures.js';
import { OfLate } from './figures/of-late.js';
import { OneLook } from './figures/one-look.js';
import { Intake } from './intake.js';
import { LaneMemoryStore, type LaneName } from './lane-memory-store.js';
import { Lanes } from './lanes.js';
import { Makings } from './making.js';
import { OpenedEndpoints } from './opened-endpoints.js';
import { ProcessLoad } from './process-load.js';
import type { QueuedDelivery } from './queued-delivery.js';
import { Redeliveries } from './redeliveries.js';
import { Releases } from './releases.js';
import { Settlement } from './settlement.js';

import { Underway } from './underway.js';

const TICK_MS = 1_000;
const RELIEF_MS = 100;
// Attempts that may wait for Kafka to take them down, for each that may be under way.
const UNSETTLED_PER_ATTEMPT = 2;
// A kill repeats what is not yet durable, and a refusal takes no longer than Kafka does.
const REFUSALS_UNDER_WAY = 256;
// Of all requests under way, those to slow endpoints: however many they are, the others have the rest.
const SLOW_SHARE = 0.5;

export interface DispatchParts {
  readonly sink: RecordSink;
  readonly follower: TopicFollower;
  readonly sender: WebhookSender;
  readonly transformer: Transformer;
  readonly view: ControlView;
  /** Resolves once the view holds all that `control` held at the call. */
  readonly refreshView: () => Promise<void>;
  readonly secretBox: SecretBox;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly fatal: Fatal;
  readonly timeouts: AttemptTimeouts;
  readonly config: DispatcherConfig;
  readonly tracing: Tracing;
}

/** The dispatcher put together, and told of its partitions. */
export class Dispatch extends AssignmentObserver {
  private readonly lanes: Lanes<QueuedDelivery>;
  private readonly store: LaneMemoryStore;
  private readonly releases: Releases;
  private readonly ordered: ConversationReleases;
  private readonly coalescer: Coalescer;
  private readonly dispatcher: Dispatcher;
  private readonly intake: Intake;
  private readonly underway: Underway;
  private readonly rates: ApplicationRates;
  private readonly ofLate: OfLate;
  private stopping = false;
  private readonly load = new ProcessLoad();
  private timers: readonly NodeJS.Timeout[] = [];
  private stopListening: (() => void) | undefined;

  constructor(private readonly parts: DispatchParts) {
    super();
    const { sink, follower, view, refreshView, metrics, log, fatal, config } = parts;
    this.underway = new Underway(log, fatal);
    this.store = new LaneMemoryStore(sink, follower, log);
    this.rates = new ApplicationRates(view, (endpointId) => this.owns(endpointId));
    this.lanes = this.makeLanes();
    const queuedIn = (endpointId: EndpointId): number => this.lanes.queuedIn(endpointId);
    const { laneRecords, releaseOutstanding: outstanding, releasePatienceMs: patienceMs } = config;
    this.releases = new Releases({ laneRecords, outstanding, patienceMs }, this.store, view, queuedIn, this.underway, {
      rulesOf: (name) => this.ordered.rulesOf(name),
      withdrawn: (name) => this.ordered.withdrawn(name),
    });
    this.coalescer = new Coalescer(this.store, metrics, queuedIn, (endpointId, matches) => {
      this.lanes.extract(endpointId, matches);
    });
    const { store, underway, releases } = this;
    this.ordered = new ConversationReleases({ laneRecords, patienceMs }, store, view, queuedIn, releases, underway);
    const { lanes, ordered, coalescer } = this;
    const settled = (): Settlement => settlement;
    const conversations = new Conversations(store, view, lanes, ordered, coalescer, settled, underway);
    const watch = new FailingWatch(this.store, sink, config.failing);
    const redeliveries = new Redeliveries(this.store, metrics);
    this.ofLate = new OfLate(metrics, Date.now());
    const traces = new DeliveryTraces(parts.tracing, sink, config.sendsTraceparent);
    const told = [new AttemptFigures(metrics, this.ofLate), traces] as const;
    const settlement = new Settlement(sink, store, coalescer, metrics, watch, conversations, redeliveries, ...told);
    this.dispatcher = new Dispatcher(
      { inFlight: config.inFlight, unsettled: config.inFlight * UNSETTLED_PER_ATTEMPT, refusals: REFUSALS_UNDER_WAY },
      this.lanes,
      view,
      this.store,
      this.releases,
      this.makeAttempts(traces),
      settlement,
      this.coalescer,
      this.underway,
      conversations,
      this.ordered,
      redeliveries,
      this.load,
    );
    this.intake = new Intake(
      sink,
      view,
      refreshView,
      this.store,
      this.releases,
      conversations,
      this.ordered,
      this.dispatcher,
      this.coalescer,
      redeliveries,
      this.underway,
      metrics,
      log,
      traces,
    );
    this.showLoad(metrics);
  }

  /** Reads what the lanes remember; before the first assignment. */
  async start(): Promise<void> {
    await this.store.start();
    this.stopListening = this.parts.view.onChange((change, isNewer) => this.controlChanged(change, isNewer));
    this.timers = [
      setInterval(() => this.tick(), TICK_MS).unref(),
      setInterval(() => this.relieve(), RELIEF_MS).unref(),
    ];
  }

  take(batch: RecordBatch, order: QueuedDelivery['order']): void {
    if (this.stopping) return;
    this.intake.take(batch, order);
  }

  override async assigned(leases: readonly PartitionLease[]): Promise<void> {
    // What came back, and the lanes' memory with it, belongs to the assignment of `deliveries.returning`.
    const anew = leases.filter(({ topic, partition }) => topic === TOPICS.returning || !this.store.owns(partition));
    if (anew.length === 0) return;
    await this.store.catchUp();
    // The next assignment may have come meanwhile.
    const partitions = new Set(anew.filter(({ lost }) => !lost).map(({ partition }) => partition));
    for (const partition of partitions) this.adopt(partition, Date.now());
    this.rates.forgetAll();
  }

  override revoked(leases: readonly PartitionLease[]): void {
    for (const { topic, partition } of leases) {
      if (topic !== TOPICS.returning) continue;
      this.store.abandon(partition);
      this.releases.abandon(partition);
      this.ordered.abandon(partition);
    }
    this.rates.forgetAll();
    this.lanes.discard(({ lease }) => lease.lost);
    this.lanes.forgetIdle();
    this.coalescer.forgetLost();
  }

  /** No new request; resolves when those under way are followed up, or after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.stopping = true;
    this.dispatcher.stop();
    await this.underway.idle(graceMs);
    this.underway.end();
    for (const timer of this.timers) clearInterval(timer);
    this.stopListening?.();
  }

  private makeAttempts(traces: DeliveryTraces): Attempts {
    const { sender, secretBox, timeouts, log, transformer, metrics } = this.parts;
    return new Attempts(
      sender,
      new OpenedEndpoints(secretBox, log),
      new AccessTokens(sender, timeouts, log),
      new Makings(transformer, secretBox, metrics, log, traces),
      timeouts,
      log,
      traces,
    );
  }

  private showLoad({ of: { inFlight, queued, lanes, parkedWaiting } }: Metrics): void {
    inFlight.onScrape(() => this.lanes.inFlight);
    queued.onScrape(() => this.lanes.queued);
    const census = new OneLook((nowMs) => this.lanes.census(nowMs));
    for (const state of LANE_STATES) lanes.onScrape(() => census.now()[state], { state });
    lanes.onScrape(() => this.store.totals().disabled, { state: 'disabled' });
    parkedWaiting.onScrape(() => this.store.totals().parked);
  }

  private makeLanes(): Lanes<QueuedDelivery> {
    const { config, view } = this.parts;
    return new Lanes(
      { ...config, sharedBytes: config.queueBytes, slowInFlight: Math.ceil(config.inFlight * SLOW_SHARE) },
      {
        rulesOf: (endpointId) => this.rulesOf(endpointId),
        paceOf: (endpointId) => this.paceOf(endpointId),
        weightOf: (applicationId) => view.applicationById(applicationId)?.weight ?? 1,
        rateOf: (applicationId) => this.rates.of(applicationId),
        isBusy: () => this.load.isBusy,
        woken: () => this.dispatcher.pump(),
      },
    );
  }

  private adopt(partition: number, nowMs: number): void {
    this.store.adopt(partition);
    this.releases.abandon(partition);
    this.ordered.abandon(partition);
    for (const { endpointId, applicationId } of this.store.withParked(partition)) {
      this.catchUp({ partition, endpointId, applicationId }, nowMs);
    }
  }

  /** Now and then: see LaneMemoryStore.overrule and Releases.tick. */
  tick(): void {
    this.ofLate.roll(Date.now());
    this.store.overrule();
    this.releases.tick(Date.now());
    this.ordered.tick(Date.now());
  }

  /** Ten times a second: see Lanes.overdue. */
  relieve(): void {
    this.load.measure();
    this.dispatcher.relieve();
  }

  /** `isNewer`: its owner has changed it, so what its lane learned concerns what it was. */
  private controlChanged(change: ControlChange, isNewer: boolean): void {
    this.rates.changed(change);
    if (change.kind !== 'endpoint') return;
    const endpointId = change.id as EndpointId;
    const partition = this.parts.sink.partitionOf(TOPICS.lanes, endpointId);
    if (!this.store.owns(partition)) return;
    const memory = this.store.get(partition, endpointId);
    if (memory !== undefined) {
      const name = { partition, endpointId, applicationId: memory.applicationId };
      if (isNewer) this.underway.track(this.store.change(name, withoutPace), undefined);
      this.catchUp(name, Date.now());
    }
    if (!isNewer) return;
    this.lanes.resetPace(endpointId);
    if (change.state === undefined || isSwitchedOff(change.state, memory)) this.dispatcher.readmit(endpointId);
  }

  private owns(endpointId: EndpointId): boolean {
    return this.store.owns(this.parts.sink.partitionOf(TOPICS.lanes, endpointId));
  }

  private rulesOf(endpointId: EndpointId): LaneRules {
    const endpoint = this.parts.view.endpoint(endpointId);
    return {
      maximumUnderWay: this.parts.config.laneConcurrency,
      perSecond: endpoint === undefined ? undefined : allowedPerSecond(endpoint),
    };
  }

  private paceOf(endpointId: EndpointId): LanePace {
    const partition = this.parts.sink.partitionOf(TOPICS.lanes, endpointId);
    return paceOf(this.store.get(partition, endpointId));
  }

  /** The endpoint may have been switched on by its owner, or deleted, since the lane last looked. */
  private catchUp(name: LaneName, nowMs: number): void {
    const endpoint = this.parts.view.endpoint(name.endpointId);
    const disabled = this.store.get(name.partition, name.endpointId)?.disabled;
    if (disabled !== undefined && endpoint?.disabled === false && endpoint.version > disabled.endpointVersion) {
      this.underway.track(this.store.change(name, switchedOn), undefined);
    }
    this.releases.consider(name, nowMs);
    this.ordered.considerAll(name, nowMs);
  }
}
