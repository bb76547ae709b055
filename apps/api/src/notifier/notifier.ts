import {
  mayBeOfNote,
  messageHeaders,
  messageKey,
  readFact,
  TOPICS,
  UnreadableRecordError,
  type EndpointFact,
} from '@signpost/contracts';
import type { Application, ControlView, Endpoint } from '@signpost/domain';
import type { Log, Metrics } from '@signpost/observability';
import type { IncomingRecord, Mailer, PartitionLease, RecordBatch, RecordSink } from '@signpost/ports';
import { endpointMail, recipients } from './endpoint-mail.js';
import type { MailQueue } from './mail-queue.js';
import type { NotifierConfig } from './notifier.config.js';
import {
  factOfNote,
  OPERATIONAL_APPLICATION,
  operationalEvent,
  type FactOfNote,
  type OperationalEvent,
} from './operational-event.js';

export interface NotifierParts {
  readonly sink: RecordSink;
  readonly view: ControlView;
  /** Resolves once the view holds all that was known at the call. */
  readonly refreshView: () => Promise<void>;
  readonly mailer: Mailer;
  readonly mails: MailQueue;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly config: NotifierConfig;
}

/**
 * Tells an organisation what the journal says of its endpoints: as messages to its operational application, and by
 * e-mail. Needs Kafka alone. A record is done when its message is durable and its mail is sent or given up.
 */
export class Notifier {
  constructor(private readonly parts: NotifierParts) {}

  async take({ lease, records, done }: RecordBatch): Promise<void> {
    const told: Promise<void>[] = [];
    for (const record of records) {
      // Nearly every record is of no note: those are not even parsed.
      if (mayBeOfNote(record.value)) told.push(this.read(record, lease, () => done(record.offset)));
      else done(record.offset);
    }
    const last = records.at(-1);
    if (last !== undefined) this.parts.mails.reached(lease, last.offset);
    await Promise.all(told);
  }

  private async read(record: IncomingRecord, lease: PartitionLease, done: () => void): Promise<void> {
    let fact: FactOfNote | undefined;
    try {
      fact = factOfNote(readFact(record.value));
    } catch (error) {
      if (!(error instanceof UnreadableRecordError)) throw error;
      // The recorder reads it too, and sets it aside.
      this.parts.metrics.of.unreadable.inc({ group: 'notifier' });
      this.parts.log.warn('a fact cannot be read', { partition: lease.partition, offset: record.offset });
    }
    if (fact === undefined) done();
    else await this.tell(fact, lease, record.offset, done);
  }

  private async tell(fact: FactOfNote, lease: PartitionLease, offset: number, done: () => void): Promise<void> {
    const { view, refreshView } = this.parts;
    if (view.applicationById(fact.applicationId) === undefined) await refreshView();
    const application = view.applicationById(fact.applicationId);
    // Deleted since, and its endpoints with it: nobody is left to be told.
    if (application === undefined) {
      done();
      return;
    }
    const endpoint = view.endpoint(fact.endpointId);
    const event = operationalEvent(fact, application, endpoint);
    await this.publish(event, application);
    if (fact.kind !== 'endpoint' || endpoint === undefined) done();
    else this.mail(fact, event, { application, endpoint }, { lease, offset, done });
  }

  private async publish({ id, type, atMs, data }: OperationalEvent, of: Application): Promise<void> {
    const { sink, view, metrics } = this.parts;
    const operational = view.application(of.organisationId, OPERATIONAL_APPLICATION);
    // What becomes of operational events is told to nobody: each would be the cause of the next.
    if (operational === undefined || operational.id === of.id) return;
    const message = { id, applicationId: operational.id, eventType: type, eventId: id, acceptedAtMs: atMs };
    await sink.append({
      topic: TOPICS.messages,
      key: messageKey(message),
      value: Buffer.from(JSON.stringify({ type, timestamp: new Date(atMs).toISOString(), data })),
      headers: messageHeaders(message),
    });
    metrics.of.operationalEvents.inc({ type });
  }

  private mail(
    fact: EndpointFact,
    event: OperationalEvent,
    { endpoint, application }: { readonly endpoint: Endpoint; readonly application: Application },
    source: { readonly lease: PartitionLease; readonly offset: number; readonly done: () => void },
  ): void {
    const { mailer, mails, config } = this.parts;
    const to = recipients(endpoint, application, config.operatorEmails);
    if (!mailer.isConfigured || to.length === 0) {
      source.done();
      return;
    }
    const state = fact.state === 'warned' ? `warned ${String(fact.percent)}` : fact.state;
    mails.put({
      ...source,
      mail: { messageId: `${event.id}@signpost`, to, ...endpointMail(fact, endpoint, application) },
      about: `${fact.endpointId} ${state}`,
      endpointId: fact.endpointId,
    });
  }
}
