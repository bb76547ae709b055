import { command, type Given } from '../../specification/command.js';
import { argument, restOfArguments } from '../../specification/options.js';
import { SHELLS } from './scripts.js';

const ARGUMENTS = { shell: argument('Your shell.', SHELLS) } as const;
export type CompletionGiven = Given<undefined, typeof ARGUMENTS>;

export const COMPLETION = command({
  name: 'completion',
  summary: 'Print what makes your shell complete commands and options.',
  examples: [
    'completion bash >> ~/.bashrc',
    'completion zsh > "${fpath[1]}/_signpost"',
    'completion fish > ~/.config/fish/completions/signpost.fish',
  ],
  arguments: ARGUMENTS,
  load: async () => (await import('./completion.js')).printCompletion,
});

const WORDS = { words: restOfArguments('The words so far, the last of them begun.', true) } as const;
export type CompleteGiven = Given<undefined, typeof WORDS>;

/** What the shells' scripts ask. */
export const COMPLETE = command({
  name: '__complete',
  summary: 'Print what may come next.',
  arguments: WORDS,
  load: async () => (await import('./completion.js')).complete,
});
