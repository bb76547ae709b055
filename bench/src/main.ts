import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { runBench } from './bench.js';
import { FlagError, HELP, readFlags, type Flags } from './flags.js';
import { hotSpotsOf } from './profile/write-hot-spots.js';
import { markdown } from './report/markdown.js';
import { writeResult } from './report/write.js';
import { repositoryRoot } from './repository.js';
import { SCENARIOS } from './scenarios/index.js';
import type { Scenario } from './scenarios/scenario.js';
import { Closing } from './stage/stage.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  const closing = new Closing();
  try {
    const flags = readFlags(args);
    if (flags.help) {
      process.stdout.write(HELP + SCENARIOS.map(({ name, about }) => `  ${name.padEnd(20)} ${about}\n`).join(''));
      return 0;
    }
    const scenarios = chosen(flags);
    stopOnSignals(closing);
    return await measure(flags, scenarios, closing);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof FlagError ? EXIT_USAGE : EXIT_FAILED;
  } finally {
    await closing.close();
  }
}

async function measure(flags: Flags, scenarios: readonly Scenario[], closing: Closing): Promise<number> {
  const out = flags.out === undefined ? join(repositoryRoot, 'bench', 'results') : resolve(flags.out);
  const profileFolder = flags.profile ? freshProfileFolder() : undefined;
  const { result, measured } = await runBench(flags, scenarios, profileFolder, closing);
  const base = writeResult(out, result);
  process.stdout.write(`\n${markdown(result)}\nWritten to ${relative(process.cwd(), base)}.md and .json\n`);
  if (profileFolder !== undefined) {
    // Node writes a profile when its process ends.
    await closing.close();
    writeFileSync(`${base}-profile.md`, hotSpotsOf(profileFolder, measured));
    process.stdout.write(
      `Profiles are in ${relative(process.cwd(), profileFolder)}, summed up in ${relative(process.cwd(), base)}-profile.md\n`,
    );
  }
  return result.failures.length === 0 ? 0 : EXIT_FAILED;
}

function freshProfileFolder(): string {
  const folder = join(repositoryRoot, '.signpost', 'bench', 'profiles');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

function chosen(flags: Flags): readonly Scenario[] {
  const unknown = flags.scenarios.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name));
  if (unknown.length > 0) {
    const names = SCENARIOS.map(({ name }) => name).join(', ');
    throw new FlagError(`--scenario knows no ${unknown.join(', ')}; it takes ${names}`);
  }
  if (flags.scenarios.length > 0) return SCENARIOS.filter(({ name }) => flags.scenarios.includes(name));
  return flags.quick ? SCENARIOS.filter(({ long }) => long !== true) : SCENARIOS;
}

function stopOnSignals(closing: Closing): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      process.stderr.write('\nstopping what was started …\n');
      void closing.close().then(() => process.exit(EXIT_INTERRUPTED));
    });
  }
}
