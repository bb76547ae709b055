import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSigningKey, webhookHeaders, type MessageId } from '@signpost/domain';
import { findFreePort, freshFolder, ServiceProcess, until } from '@signpost/testing';
import type { Language } from './languages.js';

export interface Delivery {
  readonly id: string;
  readonly body: string | Buffer;
  /** As the endpoint has them, newest first. */
  readonly secrets: readonly string[];
  /** When it was signed, relative to now. */
  readonly agoMs?: number;
}

/** The request that Signpost would send. */
export function signed({ id, body, secrets, agoMs = 0 }: Delivery): { headers: Record<string, string>; body: Buffer } {
  const bytes = Buffer.from(body);
  const keys = secrets.map(parseSigningKey);
  return { headers: { ...webhookHeaders(id as MessageId, new Date(Date.now() - agoMs), bytes, keys) }, body: bytes };
}

/** One of the receivers of the guide, running. */
export class ReceiverUnderTest {
  private constructor(
    private readonly processes: readonly ServiceProcess[],
    private readonly port: number,
    private readonly output: string,
  ) {}

  static async start(language: Language, secrets: readonly string[]): Promise<ReceiverUnderTest> {
    const folder = freshFolder();
    const port = await findFreePort();
    const output = join(folder, 'output');
    writeFileSync(output, '');
    const processes: ServiceProcess[] = [];
    for (const [index, { program, args, env }] of (await language.prepare(port, join(folder, 'inbox'))).entries()) {
      const started = await ServiceProcess.start({
        command: program,
        args,
        env: { ...process.env, ...env, PORT: String(port), WEBHOOK_SECRETS: secrets.join(' ') },
        outputFile: output,
        pidFile: join(folder, `${String(index)}.pid`),
        stopSignal: 'SIGTERM',
      });
      processes.push(started);
    }
    const receiver = new ReceiverUnderTest(processes, port, output);
    await until(() => receiver.answers(), { timeoutMs: 60_000, what: `the receiver in ${language.name} to listen` });
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.port)}/signpost`;
  }

  async post(headers: Readonly<Record<string, string>>, body: Uint8Array): Promise<number> {
    const answer = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: Buffer.from(body),
    });
    await answer.arrayBuffer();
    return answer.status;
  }

  send(delivery: Delivery): Promise<number> {
    const { headers, body } = signed(delivery);
    return this.post(headers, body);
  }

  /** How often it did the work of that message. */
  worked(id: string): number {
    return readFileSync(this.output, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith(`worked ${id} `)).length;
  }

  async untilWorked(id: string): Promise<void> {
    await until(() => this.worked(id) > 0, { timeoutMs: 20_000, what: `the work of ${id}`, everyMs: 20 });
  }

  async stop(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.stop(5_000)));
  }

  private async answers(): Promise<boolean> {
    const dead = this.processes.find((process) => !process.alive);
    if (dead !== undefined) throw new Error(`it ended: ${readFileSync(this.output, 'utf8')}`);
    await fetch(this.url, { method: 'POST', body: '' });
    return true;
  }
}
