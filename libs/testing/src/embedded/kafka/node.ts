import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedServiceError } from '../errors.js';
import { ServiceProcess, endLeftover } from '../service-process.js';
import type { KafkaInstallation } from './jars.js';
import { propertiesText, serverProperties, type ClusterPlan, type NodeRoles } from './properties.js';

const run = promisify(execFile);
const GRACE_MS = 20_000;

export interface JvmSize {
  readonly heapMb: number;
  readonly serverCompiler: boolean;
}

/** One Kafka process with its folder. It may be started again on the same ports and data, any number of times. */
export class KafkaNode {
  #process: ServiceProcess | undefined;

  constructor(
    readonly roles: NodeRoles,
    private readonly folder: string,
    private readonly plan: ClusterPlan,
    private readonly installation: KafkaInstallation,
    private readonly size: JvmSize,
  ) {}

  get pid(): number | undefined {
    return this.#process?.alive === true ? this.#process.pid : undefined;
  }

  /** Returns once the process runs; whether it answers is asked by the cluster. */
  async start(clusterId: string): Promise<void> {
    mkdirSync(this.folder, { recursive: true });
    await endLeftover(this.#pidFile, this.#configuration, 'SIGTERM');
    writeFileSync(
      this.#configuration,
      propertiesText(serverProperties(this.roles, this.plan, join(this.folder, 'log'))),
      { mode: 0o600 },
    );
    await this.#format(clusterId);
    this.#process = await ServiceProcess.start({
      command: this.installation.java.java,
      args: [
        ...this.#jvmOptions(),
        ...this.#leaveClassArchive(),
        ...this.#classPath(),
        'kafka.Kafka',
        this.#configuration,
      ],
      outputFile: join(this.folder, 'output.log'),
      pidFile: this.#pidFile,
      stopSignal: 'SIGTERM',
    });
  }

  /** Throws `kafka_not_started` when the process is gone: nobody should wait for it. */
  ensureAlive(): void {
    if (this.#process?.alive === true) return;
    throw this.#notStarted(`its log is ${join(this.folder, 'server.log')}: ${this.#lastWords()}`);
  }

  async stop(): Promise<void> {
    const ending = await this.#process?.stop(GRACE_MS);
    if (ending === 'ended') this.#keepClassArchive();
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    await this.#process?.kill(signal);
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.signal(signal);
  }

  get #configuration(): string {
    return join(this.folder, 'server.properties');
  }

  get #pidFile(): string {
    return join(this.folder, 'kafka.pid');
  }

  /** The format step, without its JVM: only SCRAM users need Kafka's own tool, which writes them into the first metadata. */
  async #format(clusterId: string): Promise<void> {
    const folder = join(this.folder, 'log');
    if (existsSync(join(folder, 'meta.properties'))) return;
    mkdirSync(folder, { recursive: true });
    if (this.plan.users.length > 0 && this.roles.controller) {
      const users = this.plan.users.flatMap(({ name, password }) =>
        ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((kind) => [
          '--add-scram',
          `${kind}=[name=${name},password=${password}]`,
        ]),
      );
      const tool = ['kafka.tools.StorageTool', 'format', '--cluster-id', clusterId, '--config', this.#configuration];
      await run(this.installation.java.java, [...this.#jvmOptions(), ...this.#classPath(), ...tool, ...users]).catch(
        (error: unknown) => {
          // Not the error itself: it repeats the command line, passwords and all.
          const { stderr = '' } = error as { readonly stderr?: string };
          throw this.#notStarted(`its users could not be written: ${stderr.trim()}`);
        },
      );
      return;
    }
    const properties = {
      version: '1',
      'cluster.id': clusterId,
      'node.id': String(this.roles.id),
      'directory.id': randomKafkaId(),
    };
    writeFileSync(join(folder, 'meta.properties'), propertiesText(properties));
  }

  #jvmOptions(): string[] {
    return [
      '-XX:+UseSerialGC',
      '-Xlog:cds=off',
      '-Xlog:cds+dynamic=off',
      ...(this.size.serverCompiler ? [] : ['-XX:TieredStopAtLevel=1']),
      '-Xss384k',
      `-Xmx${String(this.size.heapMb)}m`,
      '-XX:-UsePerfData',
      '-XX:+ExitOnOutOfMemoryError',
      '-Djava.awt.headless=true',
      `-Dlog4j2.configurationFile=${this.installation.logConfiguration}`,
      `-Dsignpost.kafka.log=${join(this.folder, 'server.log')}`,
    ];
  }

  #classPath(): string[] {
    const { classArchive, jars } = this.installation;
    const archive = existsSync(classArchive) ? [`-XX:SharedArchiveFile=${classArchive}`] : [];
    return [...archive, '-cp', jars.join(':')];
  }

  get #archiveDraft(): string {
    return join(this.folder, 'classes.jsa');
  }

  /** The first broker to end gracefully leaves its loaded classes behind; later ones start from them in half the time. */
  #leaveClassArchive(): string[] {
    return existsSync(this.installation.classArchive) || !this.roles.broker
      ? []
      : [`-XX:ArchiveClassesAtExit=${this.#archiveDraft}`];
  }

  #keepClassArchive(): void {
    if (!existsSync(this.#archiveDraft)) return;
    const { classArchive } = this.installation;
    const copy = `${classArchive}.${randomBytes(4).toString('hex')}`;
    // Copied and renamed: the data may lie on another disk, and another broker may be starting from the archive.
    copyFileSync(this.#archiveDraft, copy);
    renameSync(copy, classArchive);
    rmSync(this.#archiveDraft);
  }

  #notStarted(why: string): EmbeddedServiceError {
    return new EmbeddedServiceError('kafka_not_started', `the embedded Kafka did not start; ${why}`, {
      node: this.roles.id,
    });
  }

  #lastWords(): string {
    const lines = ['server.log', 'output.log'].flatMap((name) => {
      const file = join(this.folder, name);
      return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').slice(-200) : [];
    });
    return lines.findLast((line) => /ERROR|FATAL|Exception/.test(line)) ?? lines.at(-1) ?? 'it said nothing';
  }
}

/** 16 random bytes as Kafka writes its ids; like Kafka's own, never with a leading dash. */
export function randomKafkaId(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? randomKafkaId() : id;
}
