import { ApiClient } from './api/client.js';
import { UsageError } from './errors.js';
import { Output } from './output/output.js';
import { wantsColour } from './output/colours.js';
import { ProfileFile } from './profiles/profile-file.js';
import { appOf, keyOf, loadSettings, serverOf, type Settings } from './profiles/settings.js';
import type { CommandSpecification } from './specification/command.js';
import type { GlobalValues } from './specification/global-options.js';
import type { Surroundings } from './surroundings.js';
import { VERSION } from './version.js';

/** What a command works with: where to ask, how to answer, and when to stop. */
export class Context {
  readonly output: Output;
  readonly profiles: ProfileFile;
  readonly signal: AbortSignal;
  private loaded: Promise<Settings> | undefined;

  constructor(
    readonly surroundings: Surroundings,
    readonly asked: GlobalValues,
    readonly commands: readonly CommandSpecification[],
  ) {
    const { stdout, stderr, env, signal } = surroundings;
    this.signal = signal;
    this.profiles = new ProfileFile(env);
    this.output = new Output(stdout, stderr, {
      isJson: asked.json,
      colours: {
        out: !asked.json && wantsColour(env, stdout.isTTY === true, asked.noColor),
        err: wantsColour(env, stderr.isTTY === true, asked.noColor),
      },
    });
  }

  settings(): Promise<Settings> {
    this.loaded ??= loadSettings(this.profiles, this.surroundings.env, this.asked);
    return this.loaded;
  }

  /** `leastTimeoutMs`: for what takes its time. @throws ConfigurationError, NoKeyError */
  async client(leastTimeoutMs = 0): Promise<ApiClient> {
    const settings = await this.settings();
    return this.clientOf(serverOf(settings), keyOf(settings), leastTimeoutMs);
  }

  clientOf(server: string, key: string | undefined, leastTimeoutMs = 0): ApiClient {
    return new ApiClient({
      server,
      key,
      timeoutMs: Math.max(this.asked.timeout, leastTimeoutMs),
      signal: this.signal,
      agent: `signpost-cli/${VERSION}`,
    });
  }

  /** @throws UsageError when none is given, and none is kept */
  async app(asked: string | undefined): Promise<string> {
    return appOf(await this.settings(), asked);
  }

  get mayAsk(): boolean {
    return this.surroundings.stdin.isTTY === true && this.surroundings.stderr.isTTY === true;
  }

  /** @throws UsageError when the person says no, or there is nobody to ask and `isAgreed` is false */
  async confirm(what: string, isAgreed: boolean): Promise<void> {
    if (isAgreed) return;
    if (!this.mayAsk)
      throw new UsageError(`${what} Nobody is there to be asked`, 'Add --yes if that is what you want.');
    const answer = await this.surroundings.ask(`${what} Go on? [y/N] `, false);
    if (!/^y(es)?$/i.test(answer.trim())) throw new UsageError('Not done, as you said', 'Nothing was changed.');
  }
}
