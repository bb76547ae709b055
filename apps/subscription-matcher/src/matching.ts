import { readMessage, rejectedRecord, TOPICS, UnreadableRecordError, type MessageRecord } from '@signpost/contracts';
import { MatchIndex, type ControlView, type DeliveryId } from '@signpost/domain';
import type { Log, Metrics } from '@signpost/observability';
import type { IncomingRecord, PartitionLease, RecordBatch, RecordSink } from '@signpost/ports';
import { BulkTurns } from './bulk/bulk-turns.js';
import { fanOut, repeatedFact } from './fan-out.js';
import type { MatchTraces } from './match-traces.js';
import type { Repeats } from './repeats/repeats.js';

export interface MatchingParts {
  readonly sink: RecordSink;
  readonly view: ControlView;
  /** Resolves once the view holds all that was known at the call. */
  readonly refreshView: () => Promise<void>;
  /** Knows which events came before. */
  readonly repeats: Pick<Repeats, 'isRepeat' | 'underWay'>;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly traces: MatchTraces;
}

/** One message in, one delivery out for each endpoint that asked for it. */
export class Matching {
  private readonly index: MatchIndex;
  private readonly turns = new BulkTurns();

  constructor(private readonly parts: MatchingParts) {
    const { view } = parts;
    this.index = new MatchIndex(
      (id) => view.endpointsOf(id),
      (failure) => {
        parts.metrics.of.filterFailures.inc({ reason: failure });
      },
    );
    view.onChange((change) => {
      this.index.changed(change);
    });
  }

  /** A record is done once all its deliveries and the fact of them are durable (promise 2). */
  take(batch: RecordBatch): Promise<void> {
    const taken = batch.lease.topic === TOPICS.messagesBulk ? this.takeBulk(batch) : this.takeAll(batch);
    return this.parts.traces.batch(batch, taken);
  }

  private async takeAll({ lease, records, done }: RecordBatch): Promise<void> {
    this.turns.began(records.length);
    await Promise.all(
      records.map(async (record) => {
        await this.takeOne(lease, record);
        done(record.offset);
        this.turns.ended();
      }),
    );
  }

  /** What was sent above a quota takes its turns beside the rest. */
  private async takeBulk({ lease, records, done }: RecordBatch): Promise<void> {
    await Promise.all(
      records.map((record) =>
        this.turns.run(async () => {
          if (lease.lost) return;
          const taken = this.takeOne(lease, record);
          this.parts.repeats.underWay(lease, record.offset, taken);
          await taken;
          done(record.offset);
        }),
      ),
    );
  }

  private async takeOne(lease: PartitionLease, record: IncomingRecord): Promise<void> {
    const message = readable(record);
    if (message instanceof UnreadableRecordError) return this.setAside(lease, record, message);
    const isRepeat = this.parts.repeats.isRepeat(lease, record, message);
    // Waits for nothing unless it has to: the order of the partition is kept.
    if (isRepeat instanceof Promise ? await isRepeat : isRepeat) await this.leaveOut(message);
    else await this.match(message);
  }

  private async match(message: MessageRecord): Promise<void> {
    const { sink, view, refreshView, metrics, traces } = this.parts;
    const trace = traces.begun(message);
    // Known to ingest or to the API, which may be a moment ahead; deleted, if it is still absent then.
    if (!this.isKnown(message)) await refreshView();
    const application = view.applicationById(message.applicationId);
    const endpoints = application === undefined ? [] : this.index.endpointsFor(message);
    const type = application && view.eventType(application.organisationId, message.eventType);
    const carrierOf = trace && ((id: DeliveryId) => traces.carrierOf(trace, id));
    await Promise.all(fanOut(message, endpoints, type, Date.now(), carrierOf).map((record) => sink.append(record)));
    metrics.of.messagesMatched.inc({ result: endpoints.length === 0 ? 'nobody' : 'matched' });
    metrics.of.deliveriesMade.add(endpoints.length);
    if (trace !== undefined) traces.matched(trace, message, endpoints);
  }

  /** It is accounted for as matched to nobody, unless it is the very message that was matched before. */
  private async leaveOut(message: MessageRecord): Promise<void> {
    const { sink, metrics } = this.parts;
    await sink.append(repeatedFact(message, Date.now()));
    metrics.of.messagesMatched.inc({ result: 'repeat' });
  }

  private isKnown({ applicationId, onlyEndpointId }: MessageRecord): boolean {
    const { view } = this.parts;
    if (view.applicationById(applicationId) === undefined) return false;
    return onlyEndpointId === undefined || view.endpoint(onlyEndpointId) !== undefined;
  }

  private async setAside(lease: PartitionLease, record: IncomingRecord, error: UnreadableRecordError): Promise<void> {
    const { sink, metrics, log, traces } = this.parts;
    const source = { topic: lease.topic, partition: lease.partition, offset: record.offset };
    await sink.append(rejectedRecord({ code: error.code, reason: error.message, source, atMs: Date.now() }, record));
    metrics.of.messagesMatched.inc({ result: 'unreadable' });
    metrics.of.unreadable.inc({ group: 'matcher' });
    traces.unreadable(lease, record.offset, error.code);
    log.error('a record of a topic of our own does not decode and was set aside in messages.rejected', error, source);
  }
}

function readable(record: IncomingRecord): MessageRecord | UnreadableRecordError {
  try {
    return readMessage(record);
  } catch (error) {
    if (error instanceof UnreadableRecordError) return error;
    throw error;
  }
}
