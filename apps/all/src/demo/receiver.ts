import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { StartError } from '../start/errors.js';
import { BEHAVIOURS, behaviourOf, demoSecret, type EndpointName } from './behaviours.js';

export interface Arrival {
  readonly application: string;
  readonly endpoint: EndpointName;
  readonly messageId: string;
  /** The signature fits the bytes as they came. */
  readonly signed: boolean;
  /** What it is answered. */
  readonly status: number;
  readonly body: string;
}

export interface ReceiverOptions {
  readonly port: number;
  readonly masterKey: string;
  readonly onArrival: (arrival: Arrival) => void;
}

const PATH = /^\/([\w.-]+)\/(\w+)$/;
const BODY_LIMIT_BYTES = 1_048_576;
const REMEMBERED_MESSAGES = 50_000;

/** The endpoints' owner, played by a server of our own: verifies every signature, then behaves as the path says. */
export class DemoReceiver {
  readonly origin: string;
  readonly #requests = new Map<string, number>();
  readonly #webhooks = new Map<string, Webhook>();

  private constructor(
    private readonly server: Server,
    private readonly options: ReceiverOptions,
  ) {
    this.origin = `http://127.0.0.1:${String(options.port)}`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  static async start(options: ReceiverOptions): Promise<DemoReceiver> {
    const server = createServer({ keepAliveTimeout: 60_000 });
    const receiver = new DemoReceiver(server, options);
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) =>
        reject(
          new StartError(
            'service_lost',
            `the demonstration's receiver cannot listen on port ${String(options.port)}`,
            error,
          ),
        ),
      );
      server.listen(options.port, '127.0.0.1', resolve);
    });
    return receiver;
  }

  url(application: string, endpoint: EndpointName): string {
    return `${this.origin}/${application}/${endpoint}`;
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => {
      this.server.close(resolve);
      this.server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, application = '', name = ''] = PATH.exec(request.url ?? '') ?? [];
    const body = await bytesOf(request);
    if (request.method !== 'POST' || !isEndpoint(name) || body === undefined) {
      response.writeHead(404).end();
      return;
    }
    const messageId = headerOf(request, 'webhook-id');
    const signed = this.#isSigned(application, name, body, request);
    const behaviour = behaviourOf(name);
    const status = signed ? behaviour.status(this.#count(application, name, messageId), messageId) : 401;
    this.options.onArrival({ application, endpoint: name, messageId, signed, status, body: body.toString('utf8') });
    if (status === 200) this.#requests.delete(`${application}/${name}/${messageId}`);
    if (behaviour.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, behaviour.delayMs));
    response
      .writeHead(status, { 'content-type': 'text/plain' })
      .end(status === 200 ? 'thank you' : `the ${name} receiver says ${String(status)}`);
  }

  #isSigned(application: string, name: EndpointName, body: Buffer, request: IncomingMessage): boolean {
    const key = `${application}/${name}`;
    const webhook = this.#webhooks.get(key) ?? new Webhook(demoSecret(this.options.masterKey, application, name));
    this.#webhooks.set(key, webhook);
    const headers = {
      'webhook-id': headerOf(request, 'webhook-id'),
      'webhook-timestamp': headerOf(request, 'webhook-timestamp'),
      'webhook-signature': headerOf(request, 'webhook-signature'),
    };
    try {
      webhook.verify(body, headers, { jsonParse: false });
      return true;
    } catch {
      return false;
    }
  }

  #count(application: string, name: EndpointName, messageId: string): number {
    const key = `${application}/${name}/${messageId}`;
    const count = (this.#requests.get(key) ?? 0) + 1;
    this.#requests.set(key, count);
    if (this.#requests.size > REMEMBERED_MESSAGES) {
      for (const oldest of this.#requests.keys()) {
        this.#requests.delete(oldest);
        break;
      }
    }
    return count;
  }
}

function isEndpoint(name: string): name is EndpointName {
  return Object.hasOwn(BEHAVIOURS, name);
}

function headerOf(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
}

/** Undefined when it is longer than anything that the demonstration sends. */
async function bytesOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_LIMIT_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
