import type { Surroundings } from './surroundings.js';

/** Those of this process. The first Ctrl-C asks the command to end, the second ends the process. */
export function processSurroundings(): Surroundings {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  // `signpost … | head` is no failure: who reads has enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  const { stdout, stderr, stdin, env } = process;
  return { stdout, stderr, stdin, env, signal: stop.signal, ask: askAtTerminal };
}

async function askAtTerminal(question: string, hidden: boolean): Promise<string> {
  const [{ createInterface }, { Writable }] = await Promise.all([
    import('node:readline/promises'),
    import('node:stream'),
  ]);
  process.stderr.write(question);
  const muted = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: hidden ? muted : process.stderr, terminal: hidden });
  try {
    return await reader.question('');
  } finally {
    reader.close();
    if (hidden) process.stderr.write('\n');
  }
}
