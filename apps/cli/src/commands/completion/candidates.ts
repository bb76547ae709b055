import { optionName, type CommandSpecification, type OptionSpecification } from '../../specification/command.js';
import { GLOBAL_OPTIONS } from '../../specification/global-options.js';

type Options = Readonly<Record<string, OptionSpecification>>;

export interface Candidate {
  readonly word: string;
  readonly about: string;
}

/** What may stand where the last of the words is begun. Nothing where a value of the person's own comes. */
export function candidates(commands: readonly CommandSpecification[], words: readonly string[]): readonly Candidate[] {
  const begun = words.at(-1) ?? '';
  let inner = commands;
  let here: CommandSpecification | undefined;
  let expected: OptionSpecification | undefined;
  let places = 0;
  for (const word of words.slice(0, -1)) {
    if (expected !== undefined) {
      expected = undefined;
      continue;
    }
    if (word.startsWith('-')) {
      expected = withValue(optionNamed(word, here));
      continue;
    }
    const next = inner.find(({ name, alias }) => name === word || alias === word);
    if (next === undefined) places += 1;
    else {
      here = next;
      inner = next.commands;
      places = 0;
    }
  }
  const all = expected === undefined ? following(here, inner, begun, places) : choicesOf(expected.choices);
  return all.filter(({ word }) => word.startsWith(begun));
}

function following(
  here: CommandSpecification | undefined,
  inner: readonly CommandSpecification[],
  begun: string,
  places: number,
): readonly Candidate[] {
  if (begun.startsWith('-')) return optionsOf({ ...here?.options, ...GLOBAL_OPTIONS });
  if (inner.length > 0) {
    return inner
      .filter(({ name }) => !name.startsWith('_'))
      .map(({ name, summary }) => ({ word: name, about: summary }));
  }
  return choicesOf(Object.values(here?.arguments ?? {})[places]?.choices);
}

const choicesOf = (choices: readonly string[] = []): readonly Candidate[] =>
  choices.map((word) => ({ word, about: '' }));

const optionsOf = (options: Options): readonly Candidate[] =>
  Object.entries(options).map(([key, { description }]) => ({ word: `--${optionName(key)}`, about: description }));

function optionNamed(word: string, here: CommandSpecification | undefined): OptionSpecification | undefined {
  // "--name=value" has its value already.
  const options: Options = { ...here?.options, ...GLOBAL_OPTIONS };
  return Object.entries(options).find(
    ([key, { short }]) => word === `--${optionName(key)}` || word === `-${short ?? ''}`,
  )?.[1];
}

const withValue = (option: OptionSpecification | undefined): OptionSpecification | undefined =>
  option?.placeholder === undefined ? undefined : option;
