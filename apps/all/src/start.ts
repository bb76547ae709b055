import { appendFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AppError } from '@signpost/domain';
import { StartError } from './start/errors.js';
import { HELP, parseFlags, type StartFlags } from './start/flags.js';
import { Home } from './start/home.js';
import { claim } from './start/lock.js';
import { Narrator } from './start/narrator.js';
import { projectRoot } from './start/project-root.js';
import { removeRunningFile } from './start/running-file.js';
import { Services } from './start/services.js';
import { StopSignals } from './start/stop-signals.js';

const narrator = new Narrator((text) => process.stdout.write(text));
// A terminal that went away, or `npm start | head`: nobody reads any more, and that is no reason to stop badly.
process.stdout.on('error', () => undefined);

process.exit(await main(process.argv.slice(2), process.env));

async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  let home: Home | undefined;
  try {
    const flags = parseFlags(args);
    if (flags.help) {
      process.stdout.write(HELP);
      return 0;
    }
    home = new Home(resolve(env['SIGNPOST_HOME'] ?? join(projectRoot, '.signpost')));
    return await claimed(flags, env, home);
  } catch (error) {
    process.stderr.write(`signpost: ${sentenceFor(error, home)}\n`);
    return 1;
  }
}

async function claimed(flags: StartFlags, env: NodeJS.ProcessEnv, home: Home): Promise<number> {
  const giveBack = claim(home);
  try {
    // A start that was killed leaves its own behind.
    removeRunningFile(home);
    const signals = new StopSignals();
    if (flags.reset) {
      refuseToResetOthers(env, home);
      await Services.endLeftovers(home);
      home.reset();
      narrator.step('the data of earlier starts is forgotten');
    }
    const { launch } = await import('./start/launch.js');
    return await launch({ flags, env, home, narrator, signals });
  } finally {
    giveBack();
  }
}

/** Keys and data belong together: without the master key in the home folder, nobody could open another database's secrets. */
function refuseToResetOthers(env: NodeJS.ProcessEnv, home: Home): void {
  const given = ['KAFKA_BROKERS', 'DATABASE_URL'].filter((name) => (env[name] ?? '') !== '');
  if (given.length === 0) return;
  throw new StartError(
    'flags_invalid',
    `--reset forgets what lies in ${home.folder} and not what ${given.join(' and ')} names: unset ${given.join(' and ')}, or remove that data yourself and start without --reset`,
  );
}

/** What is expected says what to do in its message; anything else is a bug, and its stack goes to the log. */
function sentenceFor(error: unknown, home: Home | undefined): string {
  if (error instanceof AppError) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  if (message.includes('EADDRINUSE')) {
    return `${message}: somebody took the port meanwhile; run the same command again, and set PORT to another one if it stays`;
  }
  if (home === undefined) return message;
  const log = join(home.logs, 'start.log');
  appendFileSync(log, `${new Date().toISOString()} ${error instanceof Error ? (error.stack ?? message) : message}\n`);
  return `${message} (more in ${log})`;
}
