import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What a proxy does when it is asked for a tunnel: opens it, or writes this and nothing more. */
export type ProxyStep = 'tunnel' | 'hang' | 'close' | { readonly raw: string };

/** A real forward proxy on a loopback port that keeps the heads of the requests it got. */
export class ConnectProxy {
  readonly heads: string[] = [];
  private readonly sockets = new Set<Socket>();
  step: ProxyStep = 'tunnel';

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => {
      this.keep(socket).once('data', (head) => this.take(head.toString('latin1'), socket));
    });
  }

  static async start(): Promise<ConnectProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ConnectProxy(server);
  }

  get openConnections(): number {
    return this.sockets.size;
  }

  url(credentials = ''): string {
    return `http://${credentials}127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private keep(socket: Socket): Socket {
    this.sockets.add(socket);
    return socket.on('error', () => undefined).once('close', () => this.sockets.delete(socket));
  }

  private take(head: string, socket: Socket): void {
    this.heads.push(head);
    if (this.step === 'hang') socket.resume();
    else if (this.step === 'close') socket.destroy();
    else if (this.step === 'tunnel') this.tunnel(head, socket);
    else socket.write(this.step.raw);
  }

  private tunnel(head: string, socket: Socket): void {
    const [, host, port] = /^CONNECT (.+):(\d+) HTTP\/1\.1\r\n/.exec(head) ?? [];
    const onward = this.keep(connect({ host: host ?? '', port: Number(port) }));
    onward.once('connect', () => {
      socket.write('HTTP/1.1 200 Connection established\r\nvia: 1.1 proxy\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    onward.once('close', () => socket.destroy());
    socket.once('close', () => onward.destroy());
  }
}
