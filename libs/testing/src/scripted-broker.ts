import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Answers a request with what follows its correlation id, sends bytes of its own, or cuts the connection. */
export type BrokerAnswer = Buffer | { readonly raw: Buffer; readonly thenCut?: boolean };
export type BrokerScript = (request: { readonly api: number; readonly body: Buffer }) => BrokerAnswer | undefined;

/** A TCP server that takes Kafka's requests apart and answers as a test says, rightly or wrongly. */
export class ScriptedBroker {
  readonly requests: number[] = [];
  connections = 0;
  private readonly open = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(script: BrokerScript): Promise<ScriptedBroker> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const broker = new ScriptedBroker(server, (server.address() as AddressInfo).port);
    server.on('connection', (socket) => {
      broker.serve(socket, script);
    });
    return broker;
  }

  async stop(): Promise<void> {
    for (const socket of this.open) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private serve(socket: Socket, script: BrokerScript): void {
    this.connections++;
    this.open.add(socket);
    let bytes: Buffer = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('close', () => this.open.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE(0)) {
        const request = bytes.subarray(4, 4 + bytes.readInt32BE(0));
        bytes = bytes.subarray(4 + request.length);
        this.answer(socket, request, script);
      }
    });
  }

  private answer(socket: Socket, request: Buffer, script: BrokerScript): void {
    const api = request.readInt16BE(0);
    this.requests.push(api);
    const clientId = Math.max(0, request.readInt16BE(8));
    const answer = script({ api, body: request.subarray(10 + clientId) });
    if (answer === undefined) return;
    if (Buffer.isBuffer(answer)) {
      const head = Buffer.alloc(8);
      head.writeInt32BE(answer.length + 4, 0);
      request.copy(head, 4, 4, 8);
      socket.write(Buffer.concat([head, answer]));
    } else if (answer.thenCut === true) socket.end(answer.raw);
    else socket.write(answer.raw);
  }
}
