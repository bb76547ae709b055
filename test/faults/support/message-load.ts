import { setTimeout as wait } from 'node:timers/promises';
import { messageHeaders, messageKey, TOPICS, type MessageRecord } from '@signpost/contracts';
import { newId, type ApplicationId } from '@signpost/domain';
import type { RecordSink } from '@signpost/ports';
import { EVERY, SOME } from './endpoints.js';

const ROUND_MS = 25;
/** One message of so many goes to the endpoints that are asked seldom as well. */
const SOME_OF = 6;

/** Writes messages to `messages` at a steady rate until stopped, as ingest does; tells of each that is acknowledged. */
export class MessageLoad {
  private running = true;
  private readonly ended: Promise<void>;
  private readonly sends: Promise<void>[] = [];
  private sent = 0;

  constructor(
    private readonly sink: RecordSink,
    private readonly applicationId: ApplicationId,
    private readonly perSecond: number,
    private readonly accepted: (messageId: string) => void,
  ) {
    this.ended = this.run();
  }

  /** Resolves when all that was sent is acknowledged. */
  async stop(): Promise<void> {
    this.running = false;
    await this.ended;
    await Promise.all(this.sends);
  }

  private async run(): Promise<void> {
    const startMs = performance.now();
    while (this.running) {
      const due = ((performance.now() - startMs) / 1_000) * this.perSecond;
      while (this.sent < due) this.sends.push(this.send());
      await wait(ROUND_MS);
    }
  }

  private async send(): Promise<void> {
    const acceptedAtMs = Date.now();
    const message: Omit<MessageRecord, 'payload'> = {
      id: newId('msg', acceptedAtMs),
      applicationId: this.applicationId,
      eventType: this.sent % SOME_OF === 0 ? SOME : EVERY,
      acceptedAtMs,
    };
    const value = Buffer.from(`{"type":"${message.eventType}", "data":{"number":${String(this.sent)}}}`);
    this.sent += 1;
    await this.sink.append({
      topic: TOPICS.messages,
      key: messageKey(message),
      value,
      headers: messageHeaders(message),
    });
    this.accepted(message.id);
  }
}
