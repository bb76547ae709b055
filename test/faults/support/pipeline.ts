import { expect } from '@jest/globals';
import { controlRecord, TOPICS } from '@signpost/contracts';
import { newId, newSymmetricSecret, SecretBox, type ControlChange } from '@signpost/domain';
import { KafkaConnection, KafkaRecordSink, KafkaTopicFollower, loadKafkaConfig } from '@signpost/kafka';
import { freshFolder, freshTopicPrefix, RoleProcess, testKafkaBrokers, until } from '@signpost/testing';
import { Bookkeeper, sentence, type Account } from './account.js';
import { ARRIVAL_MS, type Disturbance } from './at-risk.js';
import { Committed } from './committed.js';
import { mixedEndpoints, type MixedEndpoint } from './endpoints.js';
import { GroupWatch } from './group-watch.js';
import { MessageLoad } from './message-load.js';
import { MixedReceiver, type Behaviour } from './mixed-receiver.js';
import { Random, testSeed } from './random.js';

const MASTER_KEY = 'a key for tests and nothing else';
const SETTLE_MS = 90_000;
/** Without any progress for so long something is wrong. */
const QUIET_MS = 45_000;
/** Messages; each goes to four endpoints at least, one of six to eleven. */
const PER_SECOND = process.env['SIGNPOST_TEST_LENGTH'] === 'full' ? 60 : 25;

export interface PipelineOptions {
  readonly kafkaBrokers?: readonly string[];
  readonly dispatchers?: number;
  /** Over the ones that a test wants: few partitions, receivers on loopback, short time-outs. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Matcher, dispatchers and retry scheduler, each a process, with an application whose endpoints have every temper.
 * Messages come by `messages`, endpoints by `control`: nothing here needs a database. The books are kept from the start.
 */
export class Pipeline {
  readonly dispatchers: RoleProcess[] = [];
  private readonly others: RoleProcess[] = [];
  private readonly disturbances: Disturbance[] = [];
  private readonly loads: MessageLoad[] = [];
  private watch: GroupWatch | undefined;

  private constructor(
    readonly random: Random,
    readonly env: Readonly<Record<string, string>>,
    readonly connection: KafkaConnection,
    readonly sink: KafkaRecordSink,
    private readonly follower: KafkaTopicFollower,
    readonly receiver: MixedReceiver,
    readonly endpoints: readonly MixedEndpoint[],
    readonly books: Bookkeeper,
    private readonly folder: string,
  ) {}

  static async open(options: PipelineOptions = {}): Promise<Pipeline> {
    const env = {
      KAFKA_BROKERS: (options.kafkaBrokers ?? testKafkaBrokers()).join(','),
      KAFKA_TOPIC_PREFIX: freshTopicPrefix(),
      KAFKA_PARTITIONS: '4',
      KAFKA_REPLICATION: '1',
      KAFKA_MIN_INSYNC_REPLICAS: '1',
      KAFKA_SESSION_TIMEOUT_MS: '6000',
      SIGNPOST_MASTER_KEY: MASTER_KEY,
      EGRESS_ALLOWED_NETWORKS: '127.0.0.0/8',
      EGRESS_ALLOW_HTTP: 'true',
      EGRESS_FIRST_BYTE_TIMEOUT_MS: '4000',
      // Few enough that slow endpoints' deliveries are parked and come back.
      DISPATCHER_LANE_QUEUE: '128',
      LOG_LEVEL: 'warn',
      ...options.env,
    };
    const random = new Random(testSeed());
    const secret = newSymmetricSecret();
    const receiver = await MixedReceiver.start(random, secret);
    const connection = new KafkaConnection(loadKafkaConfig(env));
    await connection.ensureTopics();
    const sink = new KafkaRecordSink(connection);
    const applicationId = newId('app', Date.now());
    const sealed = new SecretBox(MASTER_KEY).seal(Buffer.from(secret));
    const endpoints = mixedEndpoints(applicationId, sealed, (path) => receiver.url(path));
    const organisationId = newId('org', Date.now());
    const application = { id: applicationId, organisationId, version: 1, name: 'Faults' };
    await put(sink, { kind: 'application', id: applicationId, version: 1, state: application });
    for (const { path, behaviour, endpoint } of endpoints) {
      receiver.behave(path, behaviour);
      await put(sink, { kind: 'endpoint', id: endpoint.id, version: 1, state: endpoint });
    }
    const off = new Set(endpoints.filter(({ endpoint }) => endpoint.disabled).map(({ endpoint }) => endpoint.id));
    const follower = new KafkaTopicFollower(connection);
    const books = await Bookkeeper.open(follower, (endpointId) => off.has(endpointId));
    const folder = freshFolder();
    const pipeline = new Pipeline(random, env, connection, sink, follower, receiver, endpoints, books, folder);
    await pipeline.start(options.dispatchers ?? 1);
    return pipeline;
  }

  /** The first of that temper. */
  endpoint(behaviour: Behaviour): MixedEndpoint {
    const found = this.endpoints.find((each) => each.behaviour === behaviour);
    if (found === undefined) throw new Error(`no endpoint is ${behaviour}`);
    return found;
  }

  get applicationId() {
    return this.endpoint('quick').endpoint.applicationId;
  }

  /** Ends with the pipeline at the latest. */
  load(perSecond = PER_SECOND): MessageLoad {
    const load = new MessageLoad(this.sink, this.applicationId, perSecond, (id) => this.books.accepted(id));
    this.loads.push(load);
    return load;
  }

  async addDispatcher(): Promise<RoleProcess> {
    const started = await this.startRole('dispatcher');
    this.dispatchers.push(started);
    return started;
  }

  /** Ends with the pipeline. */
  async add(role: string): Promise<RoleProcess> {
    const started = await this.startRole(role);
    this.others.push(started);
    return started;
  }

  /** Resolves once so many deliveries more have come to their fate. */
  async more(deliveries: number): Promise<void> {
    const before = this.books.decided;
    await until(() => this.books.decided >= before + deliveries, {
      timeoutMs: SETTLE_MS,
      what: `${String(deliveries)} more deliveries to be decided`,
    });
  }

  /** From now on every time at which the dispatchers' group is not settled counts as a disturbance. */
  watchRebalances(): void {
    this.watch = new GroupWatch(this.connection);
  }

  /** Kills it; what it had not committed is done again. */
  async kill(dispatcher: RoleProcess): Promise<void> {
    const fromMs = Date.now();
    await dispatcher.kill();
    const untilMs = Date.now() + ARRIVAL_MS;
    this.disturbances.push({ fromMs, untilMs, committed: await Committed.read(this.connection), killed: true });
  }

  /** A dispatcher that is gone had not committed all that it had begun until then; to be called before it is back. */
  async leftUndone(begunMs: number): Promise<void> {
    const untilMs = begunMs + ARRIVAL_MS;
    this.disturbances.push({ fromMs: untilMs, untilMs, committed: await Committed.read(this.connection) });
  }

  /** The same where no broker could say what is committed. */
  disturbed(fromMs: number, untilMs = fromMs): void {
    this.disturbances.push({ fromMs, untilMs });
  }

  /** Waits until every delivery has its fate or provably waits; prints the account, and checks that nothing is wrong. */
  async settle(title: string): Promise<Account> {
    for (const load of this.loads.splice(0)) await load.stop();
    await this.untilNothingIsOpen();
    this.disturbances.push(...((await this.watch?.stop()) ?? []));
    const pathOf = new Map(this.endpoints.map(({ path, endpoint }) => [endpoint.id, path] as const));
    const closed = this.books.close(this.receiver.seen, pathOf, this.disturbances, this.watch?.commitsMs ?? []);
    process.stderr.write(
      `  ${title} (seed ${String(this.random.seed)}): ${sentence(closed)}; failed for ${this.books.whyFailed()}\n`,
    );
    expect(closed.faults).toEqual({
      lost: [],
      undecided: [],
      severalFates: [],
      deliveredUnseen: [],
      deadLettersMissing: [],
      strangers: [],
    });
    expect(this.receiver.badlySigned).toEqual([]);
    expect(this.receiver.count(this.endpoint('disabled').path)).toBe(0);
    expect(this.receiver.count('/followed')).toBe(0);
    expect(closed.account.pending).toBeGreaterThan(0);
    return closed.account;
  }

  async end(): Promise<void> {
    for (const load of this.loads) await load.stop();
    await this.watch?.stop();
    await Promise.all([...this.dispatchers, ...this.others].map((process) => process.stop()));
    await this.follower.close();
    await this.sink.close();
    await this.connection.close();
    await this.receiver.stop();
  }

  private startRole(role: string): Promise<RoleProcess> {
    return RoleProcess.start({ role, env: this.env, folder: this.folder });
  }

  private async start(dispatchers: number): Promise<void> {
    const started = await Promise.all([
      this.startRole('subscription-matcher'),
      this.startRole('retry-scheduler'),
      ...Array.from({ length: dispatchers }, () => this.startRole('dispatcher')),
    ]);
    this.others.push(...started.slice(0, 2));
    this.dispatchers.push(...started.slice(2));
  }

  /** A busy machine may take its time, as long as something happens. */
  private async untilNothingIsOpen(): Promise<void> {
    for (let before = Infinity; ;) {
      const open = this.books.open.length;
      if (open === 0) return;
      if (open >= before) throw new Error(`nothing is decided any more; open are ${this.openByPath()}`);
      before = open;
      const what = 'the last delivery to have a fate';
      await until(() => this.books.open.length === 0, { timeoutMs: QUIET_MS, what }).catch(() => undefined);
    }
  }

  private openByPath(): string {
    const { open } = this.books;
    return this.endpoints
      .filter(({ endpoint }) => open.some((id) => id.endsWith(endpoint.id)))
      .map(({ path, endpoint }) => `${path}: ${this.books.tell(endpoint.id)}`)
      .join('; ');
  }
}

async function put(sink: KafkaRecordSink, change: ControlChange): Promise<void> {
  await sink.append({ topic: TOPICS.control, ...controlRecord(change) });
}
