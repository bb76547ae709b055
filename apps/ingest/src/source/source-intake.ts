import { derivedId, SCHEMA_MISMATCH_TAG, type Application, type OrganisationId } from '@signpost/domain';
import {
  coordinatesText,
  readRedrive,
  rejectedRecord,
  UnreadableRecordError,
  type MessageRecord,
  type SourceCoordinates,
} from '@signpost/contracts';
import type { Log, Metrics } from '@signpost/observability';
import type { IncomingRecord, PartitionLease, RecordBatch, RecordSink } from '@signpost/ports';
import type { ApplicationFinder } from '../application-finder.js';
import type { IngestConfig } from '../ingest.config.js';
import { traced, type MessageTraces, type SourceTrace } from '../message-traces.js';
import { outgoingMessage } from '../outgoing-message.js';
import type { IntakeQuotas } from '../quotas/intake-quotas.js';
import { jsonOrText } from '../validation/json-or-text.js';
import type { PayloadValidation } from '../validation/payload-validation.js';
import { SourceEventError, type SourceEvent, type SourceReader } from './source-event.js';

export interface SourceIntakeParts {
  readonly sink: RecordSink;
  readonly finder: ApplicationFinder;
  /** Resolves once the control view holds all that was known at the call. */
  readonly refreshView: () => Promise<void>;
  /** By the topic's full name. */
  readonly sources: ReadonlyMap<string, Source>;
  readonly config: Pick<IngestConfig, 'payloadLimitBytes' | 'applicationWaitMs'>;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly validation: Pick<PayloadValidation, 'mismatch'>;
  readonly quotas: Pick<IntakeQuotas, 'wayOf'>;
  readonly traces: MessageTraces;
}

export interface Source {
  readonly reader: SourceReader;
  /** Whose applications its events may name; undefined: anybody's, by id alone. */
  readonly organisationId: OrganisationId | undefined;
}

/** A record, where it lies and how it is read. */
interface Arrival {
  readonly record: IncomingRecord;
  readonly source: Source;
  readonly at: SourceCoordinates;
  /** How often it was sent on its way again. */
  readonly redrives?: number;
}

type Judged =
  | { readonly kind: 'accepted'; readonly application: Application; readonly message: Omit<MessageRecord, 'origin'> }
  | {
      readonly kind: 'refused';
      readonly code: string;
      readonly reason: string;
      readonly organisationId?: OrganisationId | undefined;
    };

const INTAKE = { stage: 'intake' } as const;

// An id carries its time; one from before this, or from days ahead, would fall outside of every log that is kept.
const EARLIEST_MS = Date.UTC(2020, 0, 1);
const FURTHEST_AHEAD_MS = 86_400_000;
// Between these around its record's time an event's own time is that of its message's id.
const LONGEST_BEFORE_MS = 7 * 86_400_000;
const LONGEST_AFTER_MS = 300_000;

/** Events from the platform's own topics: each becomes a message, or is set aside with the reason. Nothing stops it. */
export class SourceIntake {
  /** The last of each partition whose records are taken in turn. */
  private readonly turns = new WeakMap<PartitionLease, Promise<void>>();

  constructor(private readonly parts: SourceIntakeParts) {}

  async take(batch: RecordBatch): Promise<void> {
    const { lease, done } = batch;
    const source = this.sourceOf(lease);
    if (source.reader.prepare !== undefined) return this.takeInTurn(batch, source);
    await Promise.all(
      batch.records.map(async (record) => {
        await this.takeIn({ record, source, at: placeOf(lease, record) });
        done(record.offset);
      }),
    );
  }

  /** One after another as far as their schemas have to be learnt: what waits for one keeps its place in the order. */
  private async takeInTurn({ lease, records, done }: RecordBatch, source: Source): Promise<void> {
    const before = this.turns.get(lease);
    const under: Promise<void>[] = [];
    const turn = (async () => {
      await before;
      for (const record of records) {
        const ready = source.reader.prepare?.(record);
        if (ready !== undefined) await ready;
        if (lease.lost) return;
        const taken = this.takeIn({ record, source, at: placeOf(lease, record) }).then(() => done(record.offset));
        // Told of below; here only so that one that fails early does not go unheard until then.
        taken.catch(() => undefined);
        under.push(taken);
      }
    })();
    this.turns.set(lease, turn);
    await turn;
    await Promise.all(under);
  }

  /** Rejected records that somebody has sent on their way again: each is read as its own topic's are. */
  async takeAgain({ lease, records, done }: RecordBatch): Promise<void> {
    await Promise.all(
      records.map(async (record) => {
        const arrival = this.arrivalAgain(record);
        if (arrival instanceof UnreadableRecordError) await this.setAside(placeOf(lease, record), record, arrival);
        else {
          const ready = arrival.source.reader.prepare?.(arrival.record);
          if (ready !== undefined) await ready;
          await this.takeIn(arrival);
        }
        done(record.offset);
      }),
    );
  }

  private async takeIn(arrival: Arrival): Promise<void> {
    const trace = this.parts.traces.arrived(arrival.record);
    const judged = this.judge(arrival, Date.now());
    await this.write(arrival, judged instanceof Promise ? await judged : judged, trace);
    if (trace !== undefined) this.parts.traces.tookIn(trace, arrival.at);
  }

  private arrivalAgain(record: IncomingRecord): Arrival | UnreadableRecordError {
    try {
      const { redrive, headers } = readRedrive(record.headers);
      const { reader, organisationId } = this.parts.sources.get(redrive.source.topic) ?? GONE;
      // Of the time at which somebody asked: the same, and so of the same message id, if it comes twice.
      return {
        record: { ...record, headers, timestampMs: redrive.atMs },
        // Who corrects a record is not trusted as its topic's producers are.
        source: { reader, organisationId: redrive.organisationId ?? organisationId },
        at: redrive.source,
        redrives: redrive.number,
      };
    } catch (error) {
      if (error instanceof UnreadableRecordError) return error;
      throw error;
    }
  }

  private async setAside(
    source: SourceCoordinates,
    record: IncomingRecord,
    { code, message }: UnreadableRecordError,
  ): Promise<void> {
    await this.parts.sink.append(rejectedRecord({ code, reason: message, source, atMs: Date.now() }, record));
    this.parts.metrics.of.messagesRejected.inc({ source: 'kafka' });
  }

  /** A promise only where the application is not known yet: what is known keeps its place in the order of its partition. */
  private judge(arrival: Arrival, nowMs: number): Judged | Promise<Judged> {
    const { record, source } = arrival;
    const event = this.read(arrival);
    if (event instanceof SourceEventError) return refused(event.code, event.message, source.organisationId);
    const { payloadLimitBytes } = this.parts.config;
    const name = { organisationId: source.organisationId, idOrUid: event.application };
    const application = this.parts.finder.find(name);
    const organisationId = application?.organisationId ?? source.organisationId;
    if (event.payload.length > payloadLimitBytes) {
      return refused(
        'payload_too_large',
        `the payload has ${String(event.payload.length)} bytes; the limit is ${String(payloadLimitBytes)}`,
        organisationId,
      );
    }
    if (record.timestampMs < EARLIEST_MS || record.timestampMs > nowMs + FURTHEST_AHEAD_MS) {
      return refused(
        'timestamp_invalid',
        `the record's timestamp is ${String(record.timestampMs)}; send it with the time`,
        organisationId,
      );
    }
    return application === undefined ? this.await(event, arrival, nowMs) : this.checked(event, application, arrival);
  }

  private sourceOf({ topic }: PartitionLease): Source {
    const source = this.parts.sources.get(topic);
    if (source === undefined) throw new Error(`${topic} is read, and no setting says how`);
    return source;
  }

  private read({ record, source }: Arrival): SourceEvent | SourceEventError {
    if (record.tooManyHeaders === true) {
      return new SourceEventError(
        'headers_too_many',
        'the record has more than 1,000 headers, or more than 64 KiB of them; send what belongs to the event in its payload',
      );
    }
    try {
      return source.reader.read(record);
    } catch (error) {
      if (error instanceof SourceEventError) return error;
      throw error;
    }
  }

  /** The application may have been created a moment before the event was produced; an old record has had that time. */
  private async await(event: SourceEvent, arrival: Arrival, nowMs: number): Promise<Judged> {
    const { finder, config, refreshView } = this.parts;
    const { record, source } = arrival;
    const name = { organisationId: source.organisationId, idOrUid: event.application };
    const waitMs = record.timestampMs + config.applicationWaitMs - nowMs;
    const found = await finder.findSoon(name, Math.min(waitMs, config.applicationWaitMs));
    if (found !== undefined) return this.checked(event, found, arrival);
    await refreshView();
    const known = finder.find(name);
    if (known !== undefined) return this.checked(event, known, arrival);
    return refused(
      'application_unknown',
      `the application is "${event.application}"; there is none of that name. Create it, or send the id or uid of one that exists`,
      source.organisationId,
    );
  }

  private checked(event: SourceEvent, application: Application, arrival: Arrival): Judged {
    const { eventType } = event;
    const { organisationId } = application;
    const mismatch = this.parts.validation.mismatch({
      organisationId,
      application,
      eventType,
      payload: () => event.json ?? jsonOrText(event.payload),
    });
    if (mismatch === undefined) return accepted(event, application, arrival);
    if (mismatch.mode === 'warn') return accepted(event, application, arrival, [SCHEMA_MISMATCH_TAG]);
    const places = mismatch.faults.map(({ at, reason }) => `${['payload', ...at].join('.')} ${reason}`);
    return refused(
      'payload_invalid',
      `the payload does not fit the schema of ${eventType}: ${places.join('; ')}`,
      organisationId,
    );
  }

  private async write({ record, at: source, redrives }: Arrival, judged: Judged, trace?: SourceTrace): Promise<void> {
    const { sink, metrics, log, quotas, traces } = this.parts;
    if (judged.kind === 'accepted') {
      const { application } = judged;
      const message = { ...judged.message, origin: source };
      const way = quotas.wayOf(application, message, 'kafka');
      await sink.append(outgoingMessage(traced(message, trace?.entry), way));
      if (trace?.entry.isSampled === true) traces.sent({ message, way, startMs: trace.startMs }, trace.entry);
      metrics.of.messagesAccepted.inc({ source: 'kafka' });
      // Since it lay in its topic; the clock of who produced it may be ahead.
      const tookMs = Math.max(0, Date.now() - message.acceptedAtMs);
      metrics.of.stageDuration.observeTraced(tookMs / 1_000, trace?.entry.recordedId, INTAKE);
      return;
    }
    const { code, reason, organisationId } = judged;
    trace?.entry.refused(code);
    const rejection = {
      code,
      reason,
      source,
      atMs: Date.now(),
      ...(organisationId === undefined ? {} : { organisationId }),
      ...(redrives === undefined ? {} : { redrives }),
    };
    await sink.append(rejectedRecord(rejection, record));
    metrics.of.messagesRejected.inc({ source: 'kafka' });
    log.warn('an event was refused and set aside in messages.rejected', { code, ...source, ...traces.logged(trace) });
  }
}

/**
 * The same record gives the same message id, however often it is read (promise 6), and so does the same event that was sent
 * again, if it says when it happened. What has no id of its own is named by where it lies.
 */
function accepted(
  event: SourceEvent,
  application: Application,
  { record, at }: Arrival,
  tags?: readonly string[],
): Judged {
  const { timestampMs } = record;
  const { source, timeMs, application: _, json: __, ...rest } = event;
  const name =
    event.eventId === undefined
      ? ['record', coordinatesText(at)]
      : ['source', application.id, source ?? '', event.eventId];
  const message = {
    ...rest,
    id: derivedId('msg', idTime(timestampMs, timeMs), ...name),
    applicationId: application.id,
    acceptedAtMs: timestampMs,
    ...(event.eventId === undefined || source === undefined ? {} : { eventSource: source }),
    ...(tags === undefined ? {} : { tags }),
  };
  return { kind: 'accepted', application, message };
}

/** The log keeps a message by the time in its id: one far from when it was accepted would be dropped too soon, or shown too late. */
function idTime(recordMs: number, eventMs = recordMs): number {
  return eventMs >= recordMs - LONGEST_BEFORE_MS && eventMs <= recordMs + LONGEST_AFTER_MS ? eventMs : recordMs;
}

function refused(code: string, reason: string, organisationId?: OrganisationId): Judged {
  return { kind: 'refused', code, reason, organisationId };
}

const placeOf = ({ topic, partition }: PartitionLease, { offset }: IncomingRecord): SourceCoordinates => ({
  topic,
  partition,
  offset,
});

/** Of a topic that the settings name no more. */
const GONE: Source = {
  organisationId: undefined,
  reader: {
    read: () => {
      throw new SourceEventError(
        'source_unknown',
        'its topic is no source any more: name it in INGEST_SOURCE_TOPICS or INGEST_SOURCES_FILE, and re-drive it again',
      );
    },
  },
};
