import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { stringify } from 'yaml';

export interface ScrapedProcess {
  /** host:port */
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface PrometheusOptions {
  readonly targets: readonly ScrapedProcess[];
  /** Files of rules, by their whole paths. */
  readonly rules: readonly string[];
  /** Seconds between two scrapes, and between two looks at the rules. */
  readonly intervalSeconds: number;
  /** host:port of an Alertmanager that is told of alerts. */
  readonly alertmanager?: string;
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

const START_MS = 30_000;
const STOP_MS = 10_000;

/** A real Prometheus on a free port, with a folder of its own. */
export class Prometheus {
  private said = '';

  private constructor(
    readonly origin: string,
    private readonly folder: string,
    private readonly child: ChildProcess,
  ) {
    child.stderr?.on('data', (text: Buffer) => {
      this.said = (this.said + text.toString()).slice(-10_000);
    });
  }

  /** Resolves once it is ready. */
  static async start({ targets, rules, intervalSeconds, alertmanager }: PrometheusOptions): Promise<Prometheus> {
    const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
    const interval = `${String(intervalSeconds)}s`;
    const config = {
      global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
      rule_files: rules,
      ...(alertmanager === undefined
        ? {}
        : { alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] } }),
      scrape_configs: [
        {
          job_name: 'signpost',
          static_configs: targets.map(({ address, labels }) => ({ targets: [address], labels })),
        },
      ],
    };
    await writeFile(join(folder, 'prometheus.yml'), stringify(config));
    const address = `127.0.0.1:${String(await freePort())}`;
    const flags = [`--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`];
    const child = spawn(
      'prometheus',
      [...flags, `--web.listen-address=${address}`, '--enable-feature=exemplar-storage'],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    const prometheus = new Prometheus(`http://${address}`, folder, child);
    await prometheus.until('Prometheus is ready', START_MS, async () => (await fetch(`http://${address}/-/ready`)).ok);
    return prometheus;
  }

  /** What the query finds now. @throws Error with what Prometheus says is wrong with it */
  async query(expression: string): Promise<readonly Sample[]> {
    const { resultType, result } = await this.ask<{ readonly resultType: string; readonly result: unknown }>(
      `query?query=${encodeURIComponent(expression)}`,
    );
    if (resultType === 'scalar') return [{ labels: {}, value: numberIn((result as [number, string])[1]) }];
    return (result as { metric: Record<string, string>; value: [number, string] }[]).map(({ metric, value }) => ({
      labels: metric,
      value: numberIn(value[1]),
    }));
  }

  async alerts(): Promise<readonly Alert[]> {
    return (await this.ask<{ readonly alerts: readonly Alert[] }>('alerts')).alerts;
  }

  /** Asks until it is so. @throws Error naming what did not come about, with the end of what Prometheus logged */
  async until(what: string, withinMs: number, isSo: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + withinMs;
    let trouble = '';
    while (performance.now() < deadline) {
      try {
        if (await isSo()) return;
      } catch (error) {
        trouble = String(error);
      }
      await wait(200);
    }
    throw new Error(`not within ${String(withinMs)} ms: ${what}. ${trouble}\n${this.said}`);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      const gone = new Promise((resolve) => this.child.once('exit', resolve));
      this.child.kill('SIGTERM');
      await Promise.race([gone, wait(STOP_MS, undefined, { ref: false })]);
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  private async ask<T>(path: string): Promise<T> {
    const answer = await fetch(`${this.origin}/api/v1/${path}`);
    const { status, data, error } = (await answer.json()) as { status: string; data: T; error?: string };
    if (status !== 'success') throw new Error(`Prometheus refuses ${decodeURIComponent(path)}: ${error ?? ''}`);
    return data;
  }
}

/** As Prometheus writes it; what is infinite would be no number otherwise. */
function numberIn(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });
}
