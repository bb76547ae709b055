import type { Context } from '../context.js';

/** An option as it is declared: its name follows from the key that it stands under (`eventTypes` → `--event-types`). */
export interface OptionSpecification<T = unknown> {
  readonly description: string;
  /** What stands for its value in the help; undefined for a flag. */
  readonly placeholder?: string;
  /** `before` is what an earlier use of the same option gave. @throws InvalidValueError */
  parse?(text: string, before: T | undefined): T;
  /** The value when it is not given. */
  readonly usual?: T;
  /** The same as a person would write it; JSON of it, unless it is given. */
  readonly usualText?: string;
  readonly choices?: readonly string[];
  /** One letter. */
  readonly short?: string;
}

export interface ArgumentSpecification<T = unknown> {
  readonly description: string;
  readonly isOptional: boolean;
  readonly isVariadic: boolean;
  readonly choices?: readonly string[];
  /** Never set: carries the type. */
  readonly type?: T;
}

export type Options = Readonly<Record<string, OptionSpecification>>;
export type Arguments = Readonly<Record<string, ArgumentSpecification>>;

export type OptionValues<O extends Options> = {
  readonly [K in keyof O]: O[K] extends OptionSpecification<infer T> ? T : never;
};
export type ArgumentValues<A extends Arguments> = {
  readonly [K in keyof A]: A[K] extends ArgumentSpecification<infer T> ? T : never;
};

/** What a command is called with: options and arguments by name. */
export type Given<O extends Options | undefined, A extends Arguments | undefined = undefined> = (O extends Options
  ? OptionValues<O>
  : unknown) &
  (A extends Arguments ? ArgumentValues<A> : unknown);

export type Handler<G> = (context: Context, given: G) => Promise<void>;

interface Described {
  readonly name: string;
  readonly alias?: string;
  /** One line, for lists of commands. */
  readonly summary: string;
  /** Paragraphs, for its own help. */
  readonly description?: string;
  /** Command lines without the leading "signpost ". */
  readonly examples?: readonly string[];
}

/** A command with all that help, completion and the reference say of it. What it does is loaded when it is run. */
export interface CommandSpecification extends Described {
  readonly options: Options;
  readonly arguments: Arguments;
  readonly commands: readonly CommandSpecification[];
  readonly load?: () => Promise<Handler<never>>;
}

/** A command that does something. */
export function command<O extends Options | undefined = undefined, A extends Arguments | undefined = undefined>(
  specification: Described & {
    readonly options?: O;
    readonly arguments?: A;
    readonly load: () => Promise<Handler<Given<O, A>>>;
  },
): CommandSpecification {
  const { options, arguments: args, load, ...described } = specification;
  return { ...described, options: options ?? {}, arguments: args ?? {}, commands: [], load };
}

/** A name for several commands. */
export function group(described: Described, commands: readonly CommandSpecification[]): CommandSpecification {
  return { ...described, options: {}, arguments: {}, commands };
}

export const optionName = (key: string): string => key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
