import { CommanderError } from 'commander';
import { COMMANDS } from './commands/index.js';
import { Context } from './context.js';
import { CliError } from './errors.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { painter, wantsColour } from './output/colours.js';
import { buildProgram } from './program.js';
import { refuseReversed } from './specification/time-window.js';
import type { Surroundings } from './surroundings.js';

/** Runs one command line, without the names of Node and of the script; resolves with its exit code and never rejects. */
export async function runCli(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const report = new FailureReport(argv, surroundings);
  // commander says what is wrong through this; it is printed once it is known what to do next.
  const said: string[] = [];
  const program = buildProgram(COMMANDS, {
    surroundings,
    say: (text) => said.push(text),
    run: async (load, asked, given) => {
      refuseReversed(given);
      const handler = await load();
      await handler(new Context(surroundings, asked, COMMANDS), given);
    },
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return report.ofCommandLine(error, said.join(''));
    return report.of(error);
  }
}

class FailureReport {
  private readonly isJson: boolean;
  private readonly isNoColour: boolean;

  constructor(
    argv: readonly string[],
    private readonly surroundings: Surroundings,
  ) {
    const own = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined);
    this.isJson = own.includes('--json');
    this.isNoColour = own.includes('--no-color');
  }

  of(error: unknown): ExitCode {
    if (error instanceof CliError) return this.print(error.code, error.message, error.next, error.exitCode);
    const text = error instanceof Error ? error.message : String(error);
    const next = 'This is a fault of signpost itself: SIGNPOST_DEBUG=1 shows where. Please report it.';
    if (this.surroundings.env['SIGNPOST_DEBUG'] === '1' && error instanceof Error) {
      this.surroundings.stderr.write(`${error.stack ?? text}\n`);
    }
    return this.print('unexpected', text, next, EXIT.failed);
  }

  /** Help and version end that way, too. */
  ofCommandLine(error: CommanderError, said: string): ExitCode {
    if (error.exitCode === 0) return EXIT.ok;
    // A group of commands without one of them: its help, which was not asked for.
    if (error.code === 'commander.help') {
      this.surroundings.stderr.write(said);
      return EXIT.usage;
    }
    const what = said.trim().replace(/^error: /, '');
    return this.print(
      'usage',
      what,
      '`signpost --help` lists the commands, and each has a --help of its own.',
      EXIT.usage,
    );
  }

  private print(code: string, message: string, next: string, exitCode: ExitCode): ExitCode {
    const { stderr, env } = this.surroundings;
    if (this.isJson) {
      stderr.write(`${JSON.stringify({ error: { code, message, next, exitCode } })}\n`);
      return exitCode;
    }
    const paint = painter(wantsColour(env, stderr.isTTY === true, this.isNoColour));
    const end = /[.!?)]$/.test(message) ? '' : '.';
    stderr.write(`${paint('red', 'error:')} ${message}${end}\n`);
    if (next !== '') stderr.write(`${next}\n`);
    return exitCode;
  }
}
