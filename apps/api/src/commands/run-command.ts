import { AppError } from '@signpost/domain';

/** Runs a command of one line of output: its answer on standard output, or one sentence and exit code 1. */
export async function runCommand(usage: string, work: () => Promise<string>): Promise<void> {
  try {
    process.stdout.write(`${await work()}\n`);
  } catch (error) {
    const isOurs = error instanceof AppError || error instanceof TypeError;
    const detail = error instanceof Error ? (isOurs ? error.message : (error.stack ?? error.message)) : String(error);
    process.stderr.write(`${detail}\nusage: ${usage}\n`);
    process.exitCode = 1;
  }
}
