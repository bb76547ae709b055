import { derivedId, SCHEMA_MISMATCH_TAG, type Application } from '@signpost/domain';
import { rejectedRecord, type MessageRecord, type SourceCoordinates } from '@signpost/contracts';
import type { Log, Metrics } from '@signpost/observability';
import type { IncomingRecord, PartitionLease, RecordBatch, RecordSink } from '@signpost/ports';
import type { ApplicationFinder } from '../application-finder.js';
import type { IngestConfig } from '../ingest.config.js';
import { outgoingMessage } from '../outgoing-message.js';
import { jsonOrText } from '../validation/json-or-text.js';
import type { PayloadValidation } from '../validation/payload-validation.js';
import { SourceEventError, type SourceEvent, type SourceReader } from './source-event.js';

export interface SourceIntakeParts {
  readonly sink: RecordSink;
  readonly finder: ApplicationFinder;
  /** Resolves once the control view holds all that was known at the call. */
  readonly refreshView: () => Promise<void>;
  readonly readers: readonly SourceReader[];
  readonly config: Pick<IngestConfig, 'sourceOrganisation' | 'payloadLimitBytes' | 'applicationWaitMs'>;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly validation: Pick<PayloadValidation, 'mismatch'>;
}

type Judged =
  | { readonly kind: 'accepted'; readonly message: Omit<MessageRecord, 'origin'> }
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string };

// An id carries its time; one from before this, or from days ahead, would fall outside of every log that is kept.
const EARLIEST_MS = Date.UTC(2020, 0, 1);
const FURTHEST_AHEAD_MS = 86_400_000;

/** Events from the platform's own topics: each becomes a message, or is set aside with the reason. Nothing stops it. */
export class SourceIntake {
  constructor(private readonly parts: SourceIntakeParts) {}

  async take(batch: RecordBatch): Promise<void> {
    const { lease, done } = batch;
    await Promise.all(
      batch.records.map(async (record) => {
        const judged = this.judge(record, Date.now());
        await this.write(lease, record, judged instanceof Promise ? await judged : judged);
        done(record.offset);
      }),
    );
  }

  /** A promise only where the application is not known yet: what is known keeps its place in the order of its partition. */
  private judge(record: IncomingRecord, nowMs: number): Judged | Promise<Judged> {
    const event = this.read(record);
    if (event instanceof SourceEventError) return refused(event.code, event.message);
    const { payloadLimitBytes, sourceOrganisation } = this.parts.config;
    if (event.payload.length > payloadLimitBytes) {
      return refused(
        'payload_too_large',
        `the payload has ${String(event.payload.length)} bytes; the limit is ${String(payloadLimitBytes)}`,
      );
    }
    if (record.timestampMs < EARLIEST_MS || record.timestampMs > nowMs + FURTHEST_AHEAD_MS) {
      return refused(
        'timestamp_invalid',
        `the record's timestamp is ${String(record.timestampMs)}; send it with the time`,
      );
    }
    const application = this.parts.finder.find({ organisationId: sourceOrganisation, idOrUid: event.application });
    return application === undefined ? this.await(event, record, nowMs) : this.checked(event, application, record);
  }

  private read(record: IncomingRecord): SourceEvent | SourceEventError {
    if (record.tooManyHeaders === true) {
      return new SourceEventError(
        'headers_too_many',
        'the record has more than 1,000 headers, or more than 64 KiB of them; send what belongs to the event in its payload',
      );
    }
    try {
      const reader = this.parts.readers.find((one) => one.knows(record));
      if (reader !== undefined) return reader.read(record);
      return new SourceEventError(
        'cloudevent_invalid',
        'the header ce_specversion is missing; send events as CloudEvents 1.0 in binary mode',
      );
    } catch (error) {
      if (error instanceof SourceEventError) return error;
      throw error;
    }
  }

  /** The application may have been created a moment before the event was produced; an old record has had that time. */
  private async await(event: SourceEvent, record: IncomingRecord, nowMs: number): Promise<Judged> {
    const { finder, config, refreshView } = this.parts;
    const name = { organisationId: config.sourceOrganisation, idOrUid: event.application };
    const waitMs = record.timestampMs + config.applicationWaitMs - nowMs;
    const found = await finder.findSoon(name, Math.min(waitMs, config.applicationWaitMs));
    if (found !== undefined) return this.checked(event, found, record);
    await refreshView();
    const known = finder.find(name);
    if (known !== undefined) return this.checked(event, known, record);
    return refused(
      'application_unknown',
      `ce_application is "${event.application}"; there is no such application. Create it, or send the id or uid of one that exists`,
    );
  }

  private checked(event: SourceEvent, application: Application, record: IncomingRecord): Judged {
    const { eventType } = event;
    const mismatch = this.parts.validation.mismatch({
      organisationId: application.organisationId,
      application,
      eventType,
      payload: () => event.json ?? jsonOrText(event.payload),
    });
    if (mismatch === undefined) return accepted(event, application, record);
    if (mismatch.mode === 'warn') return accepted(event, application, record, [SCHEMA_MISMATCH_TAG]);
    const places = mismatch.faults.map(({ at, reason }) => `${['payload', ...at].join('.')} ${reason}`);
    return refused('payload_invalid', `the payload does not fit the schema of ${eventType}: ${places.join('; ')}`);
  }

  private async write(lease: PartitionLease, record: IncomingRecord, judged: Judged): Promise<void> {
    const { sink, metrics, log } = this.parts;
    const source: SourceCoordinates = { topic: lease.topic, partition: lease.partition, offset: record.offset };
    if (judged.kind === 'accepted') {
      await sink.append(outgoingMessage({ ...judged.message, origin: source }));
      metrics.of.messagesAccepted.inc({ source: 'kafka' });
      return;
    }
    const { code, reason } = judged;
    await sink.append(rejectedRecord({ code, reason, source, atMs: Date.now() }, record));
    metrics.of.messagesRejected.inc({ source: 'kafka' });
    log.warn('an event was refused and set aside in messages.rejected', { code, ...source });
  }
}

/** The same record gives the same message id, however often it is read (promise 6). */
function accepted(
  event: SourceEvent,
  application: Application,
  { timestampMs }: IncomingRecord,
  tags?: readonly string[],
): Judged {
  const { source, application: _, json: __, ...rest } = event;
  const id = derivedId('msg', timestampMs, 'source', application.id, source, event.eventId);
  const message = { ...rest, id, applicationId: application.id, acceptedAtMs: timestampMs };
  return { kind: 'accepted', message: tags === undefined ? message : { ...message, tags } };
}

function refused(code: string, reason: string): Judged {
  return { kind: 'refused', code, reason };
}
