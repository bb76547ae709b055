import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { findFreePort, freshFolder, until } from '@signpost/testing';
import { build, buildFolder } from '../toolchains.js';

const START_MS = 240_000;
const API = '/apis/ccompat/v7';

/**
 * Apicurio, which speaks Confluent's API, with its schemas in a file, so that it can be killed and started again. It asks for
 * no name and password without an identity provider; a proxy before it does, as installations have it.
 */
export class SchemaRegistryServer {
  readonly login = { username: 'ingest', password: 'päss:word' };
  /** Paths that were asked for with the right name and password, and how often it was without. */
  readonly asked: string[] = [];
  unauthorised = 0;
  private server: ChildProcess | undefined;

  private constructor(
    private readonly program: string,
    private readonly port: number,
    private readonly folder: string,
    private readonly proxy: Server,
  ) {
    proxy.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
      this.forward(incoming, outgoing);
    });
  }

  static async start(): Promise<SchemaRegistryServer> {
    const folder = buildFolder('test/external/registry/apicurio');
    const program = join(folder, 'server', 'apicurio-registry-app-3.0.9-runner.jar');
    if (!existsSync(program)) await build(folder, 'mvn', ['-q', '-B', 'dependency:unpack']);
    const proxy = createServer();
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const registry = new SchemaRegistryServer(program, await findFreePort(), freshFolder(), proxy);
    await registry.restart();
    return registry;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.proxy.address() as AddressInfo).port)}${API}`;
  }

  async restart(): Promise<void> {
    const memory = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xmx384m'];
    const server = spawn('java', [...memory, '-jar', this.program], {
      env: {
        ...process.env,
        QUARKUS_HTTP_HOST: '127.0.0.1',
        QUARKUS_HTTP_PORT: String(this.port),
        // Written at once: what was registered a moment before it is killed is there afterwards.
        APICURIO_DATASOURCE_URL: `jdbc:h2:file:${join(this.folder, 'schemas')};WRITE_DELAY=0`,
      },
      stdio: 'ignore',
    });
    this.server = server;
    await until(
      async () => {
        if (server.exitCode !== null) throw new Error(`the registry ended with ${String(server.exitCode)}`);
        return (
          (await fetch(`http://127.0.0.1:${String(this.port)}${API}/subjects`).catch(() => undefined))?.ok === true
        );
      },
      { timeoutMs: START_MS, everyMs: 200, what: 'the schema registry to answer' },
    );
  }

  async kill(): Promise<void> {
    const { server } = this;
    if (server?.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    await this.kill();
    this.proxy.closeAllConnections();
    await new Promise((resolve) => this.proxy.close(resolve));
  }

  private forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { username, password } = this.login;
    if (incoming.headers.authorization !== `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`) {
      this.unauthorised += 1;
      outgoing.writeHead(401, { 'www-authenticate': 'Basic' }).end('{"error_code":401}');
      return;
    }
    const { url: path = '', method = 'GET', headers } = incoming;
    this.asked.push(path.slice(API.length));
    const onward = request({ host: '127.0.0.1', port: this.port, path, method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.once('error', () => {
      if (!outgoing.headersSent) outgoing.writeHead(502);
      outgoing.end();
    });
    incoming.pipe(onward);
  }
}
