import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: number;
}

/** Something behind the proxy that keeps what it is asked. */
export class Upstream {
  readonly requests: SeenRequest[] = [];
  connections = 0;
  /** Whether it hangs up instead of answering, once it has the whole request. */
  hangsUp = false;

  private constructor(
    readonly name: string,
    private readonly server: Server,
  ) {}

  static async start(name: string): Promise<Upstream> {
    const server = createServer((request, response) => {
      let bytes = 0;
      request.on('data', (chunk: Buffer) => (bytes += chunk.length));
      request.once('end', () => {
        const { method = '', url = '', headers } = request;
        upstream.requests.push({ method, url, headers, bytes });
        if (upstream.hangsUp) request.socket.destroy();
        else response.writeHead(200, { 'content-type': 'text/plain' }).end(name);
      });
    });
    const upstream = new Upstream(name, server);
    server.on('connection', () => (upstream.connections += 1));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return upstream;
  }

  get address(): string {
    return `127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((done) => this.server.close(() => done()));
    this.server.closeAllConnections();
    await closed;
  }
}
