import type { EndpointId } from '@signpost/domain';
import type { DeployedRole } from '@signpost/testing';
import { until } from '@signpost/testing';
import { rolesNamed } from '../../../apps/all/src/roles.js';
import { CliHome } from '../../../apps/cli/src/cli.fixture.js';
import { ApiScene } from '../api/support.js';

const EVERY_ROLE: readonly DeployedRole[] = [
  'ingest',
  'subscription-matcher',
  'dispatcher',
  'retry-scheduler',
  'recorder',
  'api',
];

export const APP: readonly string[] = ['--app', 'acme'];

export interface ShownMessage {
  readonly attempts: readonly { readonly status: number }[];
  readonly endpoints: readonly { readonly id: string; readonly state: string }[];
}

/** A whole Signpost in this process, as `npm start` runs it, and a command line that knows it. */
export class CliScene {
  private constructor(
    readonly api: ApiScene,
    readonly cli: CliHome,
  ) {}

  static async open(roles: readonly DeployedRole[] = EVERY_ROLE): Promise<CliScene> {
    const settings = { EGRESS_ALLOWED_NETWORKS: '127.0.0.0/8', EGRESS_ALLOW_HTTP: 'true' };
    const api = await ApiScene.open(undefined, settings, await rolesNamed(roles));
    return new CliScene(api, new CliHome({ SIGNPOST_URL: api.origin, SIGNPOST_API_KEY: api.key }));
  }

  /** A command that goes on until it is told to end. */
  background(args: readonly string[]): Background {
    return new Background(this.cli, args);
  }

  /** An endpoint of the application acme, which gets what is sent from now on. */
  async endpoint(url: string, ...more: readonly string[]): Promise<{ readonly id: string; readonly secret: string }> {
    const { id } = await this.cli.json<{ id: EndpointId }>(['endpoints', 'create', url, ...APP, ...more]);
    const isKnown = () => this.api.control.view.endpoint(id) !== undefined;
    await until(isKnown, { timeoutMs: 10_000, everyMs: 10, what: 'the endpoint to be known' });
    return { id, secret: (await this.cli.run(['endpoints', 'secret', id, ...APP])).out.trim() };
  }

  shown(message: string): Promise<ShownMessage> {
    return this.cli.json<ShownMessage>(['deliveries', 'show', message, ...APP]);
  }

  async settled(message: string, state: string): Promise<void> {
    await until(async () => (await this.shown(message)).endpoints.some((one) => one.state === state), {
      timeoutMs: 30_000,
      what: `${message} to be ${state}`,
      everyMs: 50,
    });
  }

  async close(): Promise<void> {
    await this.api.close();
    this.cli.remove();
  }
}

export class Background {
  out = '';
  private readonly stop = new AbortController();
  private readonly ended: Promise<{ readonly code: number; readonly out: string; readonly err: string }>;

  constructor(cli: CliHome, args: readonly string[]) {
    const wrote = (text: string): void => {
      this.out += text;
    };
    this.ended = cli.run(args, { signal: this.stop.signal, wrote });
  }

  /** The objects that it has printed, one a line. */
  get lines(): readonly Readonly<Record<string, unknown>>[] {
    return this.out
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async until(what: string, condition: () => unknown): Promise<void> {
    await until(() => Boolean(condition()), { timeoutMs: 30_000, what, everyMs: 10 });
  }

  /** Ctrl-C, and what became of it. */
  async end(): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
    this.stop.abort();
    return this.ended;
  }

  get whenEnded(): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
    return this.ended;
  }
}
