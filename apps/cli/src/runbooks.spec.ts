import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { COMMANDS } from './commands/index.js';
import { buildProgram } from './program.js';

const root = join(import.meta.dirname, '..', '..', '..');

/** Every command line of the command-line tool in a page's examples, with what is continued on the next line. */
function commandLines(text: string): readonly string[] {
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)\n```$/gm)].map(([, block = '']) => block);
  const lines = blocks.flatMap((block) => block.replaceAll(/\\\n\s*/g, ' ').split('\n'));
  return lines.filter((line) => /^signpost\s/.test(line));
}

/** As a shell would take it apart; comments end it. */
function words(line: string): readonly string[] {
  return [...line.replace(/\s#\s.*$/, '').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  );
}

/** What the tool would do with it: what it says is wrong, or undefined. */
async function refusal(line: string): Promise<string | undefined> {
  const said: string[] = [];
  const silent = { write: () => true, isTTY: false, columns: 100 } as unknown as NodeJS.WriteStream;
  const ran: string[] = [];
  const program = buildProgram(COMMANDS, {
    surroundings: { stdout: silent, stderr: silent },
    say: (text) => said.push(text),
    run: () => {
      ran.push(line);
      return Promise.resolve();
    },
  });
  try {
    await program.parseAsync(words(line).slice(1), { from: 'user' });
  } catch (error) {
    return said.join('') || String(error);
  }
  return ran.length === 1 ? undefined : 'nothing was run';
}

const lines = globSync('docs/runbooks/*.md', { cwd: root }).flatMap((file) =>
  commandLines(readFileSync(join(root, file), 'utf8')).map((line) => [basename(file), line] as const),
);

describe('runbooks', () => {
  it('have command lines to follow', () => {
    expect(lines.length).toBeGreaterThan(40);
  });

  it.each(lines)('%s: the command line takes %s', async (_, line) => {
    expect(await refusal(line)).toBeUndefined();
  });

  it.each([
    ['signpost dlq histogramm', /unknown command/],
    ['signpost dlq ls --reasonclass platform', /unknown option/],
    ['signpost dlq histogram --bucket week', /bucket/],
    ['signpost explain', /missing required argument/],
  ])('would refuse %s', async (line, why) => {
    expect(await refusal(line)).toMatch(why);
  });
});
