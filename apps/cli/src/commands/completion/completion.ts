import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { candidates } from './candidates.js';
import { SCRIPTS, SHELLS } from './scripts.js';
import type { CompleteGiven, CompletionGiven } from './specification.js';

export async function printCompletion({ output }: Context, { shell }: CompletionGiven): Promise<void> {
  const known = SHELLS.find((one) => one === shell);
  if (known === undefined)
    throw new UsageError(`There is no completion for "${shell}"`, `There is for ${SHELLS.join(', ')}.`);
  if (output.isJson) output.json({ shell, script: SCRIPTS[known] });
  else output.line(SCRIPTS[known].trimEnd());
}

export async function complete({ output, commands }: Context, { words }: CompleteGiven): Promise<void> {
  for (const { word, about } of candidates(commands, words)) output.line(`${word}\t${about}`);
}
