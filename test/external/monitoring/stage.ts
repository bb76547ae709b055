import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { KafkaConnection, KafkaRecordSink, loadKafkaConfig } from '@signpost/kafka';
import { ALERT_PREFIX, paceOf, ruleFile, ruleFiles } from '@signpost/monitoring';
import {
  Deployment,
  freshFolder,
  freshTopicPrefix,
  startPostgres,
  testKafkaBrokers,
  until,
  type EmbeddedPostgres,
} from '@signpost/testing';
import { projectRoot } from '../toolchains.js';
import { Alertmanager, type Told } from './alertmanager.js';
import { Prometheus } from './prometheus.js';

/** Seconds of the rules in one of the clock: an alert that waits for two minutes waits for six seconds. */
export const QUICKER = 20;
const PUBLISH_EVERY_MS = 150;
const WITHIN_MS = 360_000;

/** A server that answers as its path says: `/well` 200, `/flaky` 500 at first and 200 from then on, `/fails…` 500. */
async function startReceiver(): Promise<{ readonly server: Server; readonly url: string }> {
  const seen = new Set<string>();
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const path = request.url ?? '';
      // A message has the same id for all of its endpoints.
      const id = `${path} ${String(request.headers['webhook-id'])}`;
      const fails = path.startsWith('/fails') || (path === '/flaky' && !seen.has(id));
      seen.add(id);
      response.writeHead(fails ? 500 : 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}` };
}

/** All of Signpost, each role a process, watched by a real Prometheus with the rules, and a real Alertmanager. */
export class Stage {
  private running = true;
  private readonly applications = ['drill'];
  private publishing: Promise<void> | undefined;

  private constructor(
    readonly deployment: Deployment,
    readonly postgres: EmbeddedPostgres,
    readonly prometheus: Prometheus,
    readonly alertmanager: Alertmanager,
    readonly sink: KafkaRecordSink,
    readonly receiverUrl: string,
    private readonly receiver: Server,
    private readonly connection: KafkaConnection,
  ) {}

  static async open(): Promise<Stage> {
    const folder = freshFolder();
    const topicPrefix = freshTopicPrefix();
    const receiver = await startReceiver();
    const postgres = await startPostgres({ dataFolder: join(freshFolder(), 'postgres') });
    const deployment = await Deployment.start({
      kafkaBrokers: testKafkaBrokers(),
      databaseUrl: await postgres.createDatabase('drills'),
      folder,
      topicPrefix,
      env: { BACKLOG_EVERY_MS: '1000', KAFKA_SESSION_TIMEOUT_MS: '6000' },
    });
    const rules = Object.entries(ruleFiles(paceOf(QUICKER))).map(([name, groups]) => {
      const file = join(folder, name);
      writeFileSync(file, ruleFile(groups, { pace: paceOf(QUICKER) }));
      return file;
    });
    const alertmanager = await Alertmanager.start(join(projectRoot, 'deploy', 'alertmanager', 'alertmanager.yml'));
    const prometheus = await Prometheus.start({
      targets: deployment.all.map(({ url }) => ({ address: new URL(url).host, labels: {} })),
      rules,
      intervalSeconds: 1,
      alertmanager: alertmanager.address,
    });
    const connection = new KafkaConnection(
      loadKafkaConfig({
        KAFKA_BROKERS: testKafkaBrokers().join(','),
        KAFKA_TOPIC_PREFIX: topicPrefix,
        KAFKA_PARTITIONS: '4',
        KAFKA_REPLICATION: '1',
        KAFKA_MIN_INSYNC_REPLICAS: '1',
      }),
    );
    const sink = new KafkaRecordSink(connection);
    const parts = [deployment, postgres, prometheus, alertmanager, sink, receiver.url, receiver.server] as const;
    const stage = new Stage(...parts, connection);
    await stage.application('drill', [`${receiver.url}/well`, `${receiver.url}/flaky`]);
    stage.publishing = stage.publish();
    return stage;
  }

  /** An application with an endpoint for each of these; every message goes to all of them. Its endpoints' ids. */
  async application(uid: string, urls: readonly string[]): Promise<void> {
    await this.deployment.call('POST', '/api/v1/app', { name: uid, uid });
    for (const url of urls) await this.deployment.call('POST', `/api/v1/app/${uid}/endpoint`, { url });
    if (!this.applications.includes(uid)) this.applications.push(uid);
  }

  /** With its endpoints; what they are still owed ends with them. */
  async forget(uid: string): Promise<void> {
    this.applications.splice(this.applications.indexOf(uid), 1);
    await this.deployment.call('DELETE', `/api/v1/app/${uid}`);
  }

  /** Alerts that fire now, by the names that the rules give them. */
  async firing(): Promise<readonly string[]> {
    const alerts = await this.prometheus.alerts();
    return alerts.filter(({ state }) => state === 'firing').map(({ labels }) => nameOf(labels['alertname'] ?? ''));
  }

  /** Resolves once no alert fires but those. */
  async quiet(but: readonly string[]): Promise<void> {
    const others = async () => (await this.firing()).filter((name) => !but.includes(name));
    await until(async () => (await others()).length === 0, {
      timeoutMs: WITHIN_MS,
      everyMs: 500,
      what: 'every alert to have ended',
    }).catch(async (error: unknown) => {
      throw new Error(`still firing: ${(await others()).join(', ')}`, { cause: error });
    });
  }

  /** What Alertmanager has sent, from that place on. */
  since(place: number): readonly (Told & { readonly alert: string })[] {
    return this.alertmanager.told.slice(place).map((each) => ({ ...each, alert: nameOf(each.name) }));
  }

  /** Resolves once Alertmanager has sent that of all of them. */
  async sent(status: Told['status'], alerts: readonly string[], place: number): Promise<void> {
    const missing = (): readonly string[] =>
      alerts.filter((name) => !this.since(place).some((each) => each.alert === name && each.status === status));
    await until(() => missing().length === 0, {
      timeoutMs: WITHIN_MS,
      everyMs: 200,
      what: `${status} to be sent`,
    }).catch(async (error: unknown) => {
      const now = (await this.firing().catch(() => [])).join(', ');
      throw new Error(`not sent as ${status}: ${missing().join(', ')}; firing are ${now}`, { cause: error });
    });
  }

  async close(): Promise<void> {
    this.running = false;
    await this.publishing;
    await this.prometheus.stop();
    await this.alertmanager.stop();
    await this.sink.close();
    await this.connection.close();
    await this.deployment.stop();
    await this.postgres.stop();
    this.receiver.closeAllConnections();
    await new Promise((resolve) => this.receiver.close(resolve));
  }

  /** A little of everything, all the time; what is refused while something is down does not matter here. */
  private async publish(): Promise<void> {
    for (let number = 0; this.running; number += 1) {
      const message = { eventType: 'drill.held', payload: { type: 'drill.held', data: { number } } };
      for (const uid of [...this.applications]) {
        await this.deployment.publish(uid, message).catch(() => undefined);
      }
      await wait(PUBLISH_EVERY_MS);
    }
  }
}

const nameOf = (alertname: string): string => alertname.replace(ALERT_PREFIX, '');
