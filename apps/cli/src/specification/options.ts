import type { ArgumentSpecification, OptionSpecification } from './command.js';
import {
  invalid,
  parseCount,
  parseDuration,
  parseList,
  parseNumber,
  parsePair,
  parseRange,
  parseTime,
  parseUrl,
  writtenDuration,
  type Range,
} from './values.js';

type Maybe<T> = T | undefined;

export const flag = (description: string, short?: string): OptionSpecification<boolean> => ({
  description,
  usual: false,
  ...(short === undefined ? {} : { short }),
});

export const text = (placeholder: string, description: string): OptionSpecification<Maybe<string>> => ({
  placeholder,
  description,
  parse: (given) => given,
});

export const url = (description: string): OptionSpecification<Maybe<string>> => ({
  placeholder: 'url',
  description,
  parse: parseUrl,
});

/** With commas, or several times. */
export const list = (placeholder: string, description: string): OptionSpecification<Maybe<readonly string[]>> => ({
  placeholder,
  description,
  parse: (given, before) => [...(before ?? []), ...parseList(given)],
});

/** Several times, each taken as it stands. */
export const texts = (placeholder: string, description: string): OptionSpecification<Maybe<readonly string[]>> => ({
  placeholder,
  description,
  parse: (given, before) => [...(before ?? []), given],
});

export const pairs = (
  placeholder: string,
  description: string,
): OptionSpecification<Maybe<Readonly<Record<string, string>>>> => ({
  placeholder,
  description,
  parse: (given, before) => ({ ...before, ...Object.fromEntries([parsePair(given)]) }),
});

interface Bounds {
  readonly min: number;
  readonly max: number;
}

export const count = (description: string, { min, max }: Bounds): OptionSpecification<Maybe<number>> => ({
  placeholder: 'n',
  description,
  parse: (given) => parseCount(given, min, max),
});

export const countOr = (usual: number, description: string, { min, max }: Bounds): OptionSpecification<number> => ({
  placeholder: 'n',
  description,
  usual,
  parse: (given) => parseCount(given, min, max),
});

export const number = (
  placeholder: string,
  description: string,
  { min, max }: Bounds,
): OptionSpecification<Maybe<number>> => ({
  placeholder,
  description,
  parse: (given) => parseNumber(given, min, max),
});

export const time = (description: string): OptionSpecification<Maybe<Date>> => ({
  placeholder: 'time',
  description,
  parse: (given) => parseTime(given, Date.now()),
});

/** Milliseconds. */
export const durationOr = (usual: number, description: string, { min, max }: Bounds): OptionSpecification<number> => ({
  placeholder: 'duration',
  description,
  usual,
  usualText: writtenDuration(usual),
  parse: (given) => {
    const ms = parseDuration(given);
    if (ms < min || ms > max) throw invalid(`must be from ${String(min)} ms to ${String(max)} ms`);
    return ms;
  },
});

/** Milliseconds. */
export const range = (description: string, max: number): OptionSpecification<Maybe<Range>> => ({
  placeholder: 'ms',
  description,
  parse: (given) => parseRange(given, max),
});

export const choice = <const T extends readonly string[]>(
  choices: T,
  description: string,
): OptionSpecification<Maybe<T[number]>> => ({
  placeholder: 'name',
  description,
  choices,
  parse: (given) => {
    const chosen: T[number] | undefined = choices.find((one) => one === given);
    if (chosen === undefined) throw invalid(`must be one of ${choices.join(', ')}`);
    return chosen;
  },
});

export const argument = (description: string, choices?: readonly string[]): ArgumentSpecification<string> => ({
  description,
  isOptional: false,
  isVariadic: false,
  ...(choices === undefined ? {} : { choices }),
});

export const optionalArgument = (description: string): ArgumentSpecification<Maybe<string>> => ({
  description,
  isOptional: true,
  isVariadic: false,
});

export const restOfArguments = (description: string, isOptional = false): ArgumentSpecification<readonly string[]> => ({
  description,
  isOptional,
  isVariadic: true,
});

/** The application of whatever a command is about. */
export const APP = text('id or uid', "The application; the profile's, or SIGNPOST_APP, unless it is given.");
export const YES = flag('Do not ask first. Needed where nobody can be asked: in scripts.', 'y');
export const SINCE = time('From then on: a time, a day, or how long ago (15m, 2h, 7d).');
export const UNTIL = time('Before then; now, unless it is given.');
export const LIMIT = countOr(50, 'At most so many.', { min: 1, max: 100_000 });
