import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

/**
 * A receiver that keeps the account: which webhook-ids arrived, how often, and whether each was signed as the
 * endpoint's secret says. It answers 200 at once, unless it is told to fail: what it refuses has not arrived.
 */
export class AccountingReceiver {
  readonly arrivals = new Map<string, number>();
  readonly badlySigned: string[] = [];
  /** What it answers. */
  status = 200;
  private verifier: Webhook | undefined;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<AccountingReceiver> {
    const server = createServer();
    const receiver = new AccountingReceiver(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        receiver.take(request.headers as Record<string, string>, Buffer.concat(chunks).toString('utf8'));
        response.writeHead(receiver.status).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}/`;
  }

  verifyWith(secret: string): void {
    this.verifier = new Webhook(secret);
  }

  /** How many arrivals were repeats of an id seen before. */
  get repeats(): number {
    return [...this.arrivals.values()].reduce((sum, count) => sum + count - 1, 0);
  }

  missing(ids: Iterable<string>): string[] {
    return [...ids].filter((id) => !this.arrivals.has(id));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take(headers: Record<string, string>, body: string): void {
    const id = headers['webhook-id'] ?? 'none';
    try {
      this.verifier?.verify(body, headers);
    } catch {
      this.badlySigned.push(id);
    }
    if (this.status === 200) this.arrivals.set(id, (this.arrivals.get(id) ?? 0) + 1);
  }
}
