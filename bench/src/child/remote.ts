import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from '../repository.js';

type Handlers<H> = { readonly [K in keyof H]: (...args: never[]) => unknown };

/** The handlers of another process, called over its IPC channel; typed arrays and buffers cross whole. */
export type Remote<H extends Handlers<H>> = {
  readonly [K in keyof H]: (...args: Parameters<H[K]>) => Promise<Awaited<ReturnType<H[K]>>>;
};

export interface Child<H extends Handlers<H>> {
  readonly pid: number;
  readonly ask: Remote<H>;
  stop(): Promise<void>;
}

interface Question {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

type Answer = { readonly id: number } & ({ readonly value: unknown } | { readonly error: string });

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Starts `script` (a path below bench/src) as a process of its own. */
export async function startChild<H extends Handlers<H>>(script: string): Promise<Child<H>> {
  const child = fork(join(import.meta.dirname, '..', script), {
    execArgv: ['--import', join(repositoryRoot, 'tooling', 'typescript.mjs')],
    serialization: 'advanced',
    env: { ...process.env, NODE_OPTIONS: '' },
    // Its own process group: Ctrl-C reaches it through us, once the processes that it talks to have left.
    detached: true,
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    pid: child.pid ?? 0,
    ask: callsTo<H>(child, script),
    stop: async () => {
      // The child leaves when the channel closes.
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

function callsTo<H extends Handlers<H>>(child: ChildProcess, script: string): Remote<H> {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  child.on('message', (answer: Answer) => {
    const asked = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('error' in answer) asked?.reject(new Error(`${script}: ${answer.error}`));
    else asked?.resolve(answer.value);
  });
  child.once('exit', (code, signal) => {
    for (const { reject } of waiting.values()) reject(new Error(`${script} ended (${String(signal ?? code)})`));
    waiting.clear();
  });
  const call = (name: string, args: readonly unknown[]) =>
    new Promise<unknown>((resolve, reject) => {
      const id = (lastId += 1);
      waiting.set(id, { resolve, reject });
      child.send({ id, name, args } satisfies Question, (error) => {
        if (error === null) return;
        waiting.delete(id);
        reject(error);
      });
    });
  // A promise asks everything that it is resolved with for a `then`.
  const get = (_: object, name: string) =>
    name === 'then' ? undefined : (...args: readonly unknown[]) => call(name, args);
  return new Proxy({}, { get }) as Remote<H>;
}

/** In the child: answers its parent's calls until the parent leaves. */
export function serve<H extends Handlers<H>>(handlers: H): void {
  const byName = new Map(Object.entries(handlers) as [string, (...args: unknown[]) => unknown][]);
  process.on('message', (question: Question) => {
    void answer(byName, question).then((found) => process.send?.(found));
  });
  process.on('disconnect', () => process.exit(0));
}

async function answer(
  handlers: ReadonlyMap<string, (...args: unknown[]) => unknown>,
  { id, name, args }: Question,
): Promise<Answer> {
  try {
    const handler = handlers.get(name);
    if (handler === undefined) throw new Error(`no call named ${name}`);
    return { id, value: await handler(...args) };
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
