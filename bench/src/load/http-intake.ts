import { Pool } from 'undici';
import { EVENT_TYPE, payloadTemplate, stampPayload, type Stamp } from '../wire/payload.js';
import { post } from '../wire/post.js';
import type { Intake, IntakePlan } from './intake.js';

const MESSAGE_START = `{"eventType":"${EVENT_TYPE}","payload":`;
const BATCH_START = '{"data":[';

/** Publishes over HTTP as a platform service does, one event a request or a batch. */
export class HttpIntake implements Intake {
  readonly most: number;
  readonly #pool: Pool;
  readonly #path: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #message: Buffer;

  constructor(plan: Extract<IntakePlan, { kind: 'http' }>) {
    this.most = plan.batch;
    this.#pool = new Pool(plan.origin, { connections: plan.connections, pipelining: 1 });
    this.#path = `/api/v1/app/${plan.application}/msg${plan.batch === 1 ? '' : '/batch'}`;
    this.#headers = { authorization: `Bearer ${plan.apiKey}`, 'content-type': 'application/json' };
    this.#message = Buffer.concat([Buffer.from(MESSAGE_START), payloadTemplate(plan.payloadBytes), Buffer.from('}')]);
  }

  async send(stamps: readonly Stamp[]): Promise<void> {
    const body = this.most === 1 ? this.#single(stamps) : this.#batch(stamps);
    const { status, text } = await post(this.#pool, { path: this.#path, headers: this.#headers, body });
    if (status !== 202) throw new Error(`ingest answered ${String(status)}: ${text}`);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  #single([stamp]: readonly Stamp[]): Buffer {
    const body = Buffer.from(this.#message);
    if (stamp !== undefined) stampPayload(body, MESSAGE_START.length, stamp);
    return body;
  }

  #batch(stamps: readonly Stamp[]): Buffer {
    const size = this.#message.length;
    const body = Buffer.allocUnsafe(BATCH_START.length + stamps.length * (size + 1) + 1);
    let at = body.write(BATCH_START, 'latin1');
    for (const stamp of stamps) {
      this.#message.copy(body, at);
      stampPayload(body, at + MESSAGE_START.length, stamp);
      at += size;
      at += body.write(',', at, 'latin1');
    }
    // The comma after the last message gives way to the end.
    body.write(']}', at - 1, 'latin1');
    return body;
  }
}
