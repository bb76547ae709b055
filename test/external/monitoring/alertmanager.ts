import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePort, freshFolder, ServiceProcess, until } from '@signpost/testing';
import { parse, stringify } from 'yaml';

/** One alert of one notification. */
export interface Told {
  readonly name: string;
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Whom it was sent to. */
  readonly receiver: string;
}

interface Notification {
  readonly receiver: string;
  readonly alerts: readonly {
    readonly status: 'firing' | 'resolved';
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

interface Config {
  readonly route: { readonly routes: readonly object[] };
  readonly receivers: readonly { readonly name: string }[];
}

/** A real Alertmanager with a given configuration in a hurry, and the receiver of what it sends. */
export class Alertmanager {
  readonly told: Told[] = [];

  private constructor(
    readonly address: string,
    private readonly server: Server,
    private readonly process: ServiceProcess,
  ) {}

  /** Resolves once it is ready. `configFile`: its routes are taken as they are, but for how long they wait. */
  static async start(configFile: string): Promise<Alertmanager> {
    const folder = freshFolder();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const port = await findFreePort();
    const address = `127.0.0.1:${String(port)}`;
    const receiver = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
    writeFileSync(join(folder, 'alertmanager.yml'), hurried(readFileSync(configFile, 'utf8'), receiver));
    const process = await ServiceProcess.start({
      command: 'prometheus-alertmanager',
      args: [
        `--config.file=${join(folder, 'alertmanager.yml')}`,
        `--storage.path=${join(folder, 'data')}`,
        `--web.listen-address=${address}`,
        '--cluster.listen-address=',
      ],
      outputFile: join(folder, 'log'),
      pidFile: join(folder, 'pid'),
      stopSignal: 'SIGTERM',
    });
    const alertmanager = new Alertmanager(address, server, process);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        alertmanager.take(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Notification);
        response.writeHead(200).end();
      });
    });
    await until(async () => (await fetch(`http://${address}/-/ready`)).ok, {
      timeoutMs: 60_000,
      what: `Alertmanager to be ready (its log: ${join(folder, 'log')})`,
    });
    return alertmanager;
  }

  async stop(): Promise<void> {
    await this.process.stop(10_000);
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take({ receiver, alerts }: Notification): void {
    for (const { status, labels, annotations } of alerts) {
      this.told.push({ name: labels['alertname'] ?? '', status, labels, annotations, receiver });
    }
  }
}

/** The same routes, without waiting for company, to a receiver of the test's. */
function hurried(text: string, url: string): string {
  const config = parse(text) as Config;
  const times = { group_wait: '1s', group_interval: '1s', repeat_interval: '1h' };
  return stringify({
    ...config,
    route: { ...config.route, ...times, routes: config.route.routes.map((route) => ({ ...route, ...times })) },
    receivers: config.receivers.map(({ name }) => ({ name, webhook_configs: [{ url, send_resolved: true }] })),
  });
}
