import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type Fields = Readonly<Record<string, Json>>;

/** What a client tells of one step: what its SDK made of the answer, or why it could not. */
export interface StepResult {
  readonly step: string;
  readonly result?: Fields;
  readonly error?: string;
}

/** A line that wants an answer on the client's stdin before it goes on. */
export interface Question extends Fields {
  readonly ask: string;
}

export interface ClientCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

const MOST_STDERR = 4_000;

/**
 * Runs a client to its end. It writes one JSON line for each step, `{"step", "result"}` or `{"step", "error"}`, and
 * `{"ask", …}` for what only the test can tell; the answer comes as one JSON line. Resolves with its steps by name.
 * @throws Error with the end of its stderr when it does not end well or in time
 */
export async function runClient(
  { command, args, cwd, env }: ClientCommand,
  answer: (question: Question) => Promise<Fields>,
  timeoutMs: number,
): Promise<ReadonlyMap<string, StepResult>> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-MOST_STDERR);
  });
  // Who has ended reads no more answers.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const steps = new Map<string, StepResult>();
  for await (const line of createInterface({ input: child.stdout })) {
    const told = JSON.parse(line) as StepResult | Question;
    if ('ask' in told) child.stdin.write(`${JSON.stringify(await answered(told, answer))}\n`);
    else steps.set(told.step, told);
  }
  const code = await ended;
  if (code !== 0) {
    const last = [...steps.keys()].at(-1) ?? 'none';
    throw new Error(`the client ended with ${String(code)} after the step ${last}; the end of its stderr:\n${stderr}`);
  }
  return steps;
}

/** A question that has no answer fails the client's step, not the whole run. */
async function answered(question: Question, answer: (question: Question) => Promise<Fields>): Promise<Fields> {
  try {
    return await answer(question);
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
