import {
  deliveryHeaders,
  readFact,
  TOPICS,
  type Delivery,
  type JournalFact,
  type TopicName,
} from '@signpost/contracts';
import {
  ControlView,
  deliveryIdOf,
  newId,
  newSymmetricSecret,
  SecretBox,
  type AttemptResult,
  type Endpoint,
  type TransformationOutcome,
} from '@signpost/domain';
import { Log, Metrics, NoTracing, type Tracing } from '@signpost/observability';
import {
  RecordSink,
  TopicFollower,
  Transformer,
  WebhookSender,
  type Following,
  type IncomingRecord,
  type OutgoingRecord,
  type PartitionLease,
  type Position,
  type ObservedRun,
  type RecordBatch,
  type TransformationRun,
  type WebhookRequest,
} from '@signpost/ports';
import { Fatal } from '@signpost/runtime';
import { Dispatch } from './dispatch.js';
import { loadDispatcherConfig } from './dispatcher.config.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');
export const PARTITION = 3;

/** A log in memory: one partition a topic. A topic on hold takes records and acknowledges none. */
export class MemoryLog extends RecordSink {
  readonly records: (OutgoingRecord & { readonly offset: number })[] = [];
  private readonly ends = new Map<TopicName, number>();
  private readonly held = new Map<TopicName, (() => void)[]>();
  private readonly readers: ((record: IncomingRecord) => void)[] = [];

  override append(record: OutgoingRecord): Promise<Position> {
    const offset = this.ends.get(record.topic) ?? 0;
    this.ends.set(record.topic, offset + 1);
    this.records.push({ ...record, offset });
    const position = { partition: PARTITION, offset };
    if (record.topic === TOPICS.lanes) this.readers.forEach((reader) => reader(incoming(record, offset)));
    const waiting = this.held.get(record.topic);
    if (waiting === undefined) return Promise.resolve(position);
    return new Promise((resolve) => waiting.push(() => resolve(position)));
  }

  override appendWithin(record: OutgoingRecord): Promise<Position> {
    return this.append(record);
  }

  override partitionOf(): number {
    return PARTITION;
  }

  hold(topic: TopicName): void {
    this.held.set(topic, []);
  }

  release(topic: TopicName): void {
    const waiting = this.held.get(topic) ?? [];
    this.held.delete(topic);
    for (const acknowledge of waiting) acknowledge();
  }

  of(topic: TopicName): readonly OutgoingRecord[] {
    return this.records.filter((record) => record.topic === topic);
  }

  get facts(): readonly JournalFact[] {
    return this.of(TOPICS.journal).map(({ value }) => readFact(value));
  }

  readonly follower: TopicFollower = {
    follow: (topic, onRecord): Promise<Following> => {
      const reader = (record: IncomingRecord) => onRecord(record, PARTITION);
      this.of(topic).forEach((record, offset) => reader(incoming(record, offset)));
      this.readers.push(reader);
      return Promise.resolve({ caughtUp: () => Promise.resolve(), stop: () => Promise.resolve() });
    },
  };
}

/** Answers each request as it is told, when it is told. */
export class HeldSender extends WebhookSender {
  readonly requests: { readonly request: WebhookRequest; readonly answer: (result: AttemptResult) => void }[] = [];
  always: AttemptResult | Error | undefined;

  override send(request: WebhookRequest): Promise<AttemptResult> {
    return new Promise((resolve, reject) => {
      this.requests.push({ request, answer: resolve });
      if (this.always instanceof Error) reject(this.always);
      else if (this.always !== undefined) resolve(this.always);
    });
  }
}

/** Makes of each message what it is told to. */
export class ScriptedTransformer extends Transformer {
  readonly runs: TransformationRun[] = [];
  make: (run: TransformationRun) => TransformationOutcome | Promise<TransformationOutcome> = () => ({ kind: 'made' });

  override async run(run: TransformationRun): Promise<TransformationOutcome> {
    this.runs.push(run);
    return this.make(run);
  }

  override async observe(run: TransformationRun): Promise<ObservedRun> {
    return { outcome: await this.run(run), console: [], cpuMs: 0 };
  }

  override check(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}

export const answered = (status: number): AttemptResult => ({
  kind: 'response',
  status,
  body: 'said the receiver',
  timing: { totalMs: 5 },
});

export class Lease implements PartitionLease {
  lost = false;
  readonly partition = PARTITION;
  constructor(readonly topic: string) {}
}

/** A dispatcher with everything around it in memory, and one endpoint. */
export async function open(
  settings: NodeJS.ProcessEnv = {},
  log: MemoryLog = new MemoryLog(),
  endpoint: Endpoint = anEndpoint(),
  sink: RecordSink = log,
  tracing: Tracing = new NoTracing(),
) {
  const view = new ControlView();
  const put = (state: Endpoint) => view.apply({ kind: 'endpoint', id: state.id, version: state.version, state });
  put(endpoint);
  const sender = new HeldSender();
  const transformer = new ScriptedTransformer();
  const metrics = new Metrics({ processMetrics: false });
  const refreshes: (() => void)[] = [];
  const dispatch = new Dispatch({
    sink,
    follower: log.follower,
    sender,
    transformer,
    view,
    refreshView: () => new Promise((resolve) => refreshes.push(resolve)),
    secretBox: BOX,
    metrics,
    log: Log.create('silent', 'test'),
    fatal: new Fatal(),
    timeouts: { connectMs: 1_000, firstByteMs: 1_000, totalMs: 1_000 },
    config: loadDispatcherConfig(settings),
    tracing,
  });
  await dispatch.start();
  const leases = { fresh: new Lease(TOPICS.deliveries), returning: new Lease(TOPICS.returning) };
  await dispatch.assigned([leases.fresh, leases.returning]);
  const done: string[] = [];
  let offset = 0;
  /** Hands over one batch, as the consumer does; its records' names appear in `done`. */
  const hand = (order: 'fresh' | 'returning', records: Record<string, Pick<IncomingRecord, 'headers' | 'value'>>) => {
    const names = new Map<number, string>();
    const batch: RecordBatch = {
      lease: leases[order],
      records: Object.entries(records).map(([name, record]) => {
        names.set((offset += 1), name);
        return { offset, timestampMs: NOW, key: Buffer.from(endpoint.id), ...record };
      }),
      done: (at) => done.push(names.get(at) ?? String(at)),
    };
    dispatch.take(batch, order);
  };
  /** A request that nobody answers takes the lane's first place, and its endpoint for slow. */
  const makeSlow = () => {
    hand('fresh', { unanswered: recordOf(aDelivery(endpoint)) });
    for (let check = 0; check < 4; check += 1) dispatch.relieve();
  };
  return { makeSlow, dispatch, view, put, endpoint, sender, transformer, refreshes, log, leases, hand, done, metrics };
}

export const BOX = new SecretBox('a key for tests and nothing else');

export function anEndpoint(changes: Partial<Endpoint> = {}): Endpoint {
  return {
    id: newId('ep', NOW),
    applicationId: newId('app', NOW),
    version: 1,
    url: 'https://example.com/hook',
    disabled: false,
    secrets: [BOX.seal(Buffer.from(newSymmetricSecret()))],
    retrySchedule: [5_000, 15_000],
    ...changes,
  };
}

export function aDelivery(endpoint: Endpoint, changes: Partial<Delivery> = {}): Delivery {
  const messageId = newId('msg', NOW);
  return {
    id: deliveryIdOf(messageId, endpoint.id),
    messageId,
    applicationId: endpoint.applicationId,
    endpointId: endpoint.id,
    endpointVersion: endpoint.version,
    eventType: 'message.sent',
    acceptedAtMs: NOW,
    attempt: 1,
    ...changes,
  };
}

export const recordOf = (delivery: Delivery, payload = '{"type":"message.sent"}') => ({
  headers: deliveryHeaders(delivery),
  value: Buffer.from(payload),
});

/** Lets everything that is not waiting for something from outside run its course. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function incoming(record: OutgoingRecord, offset: number): IncomingRecord {
  return {
    offset,
    timestampMs: NOW,
    key: Buffer.from(record.key),
    value: record.value,
    headers: record.headers ?? {},
  };
}
