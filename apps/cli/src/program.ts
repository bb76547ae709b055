import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import {
  optionName,
  type ArgumentSpecification,
  type CommandSpecification,
  type Handler,
  type OptionSpecification,
} from './specification/command.js';
import { GLOBAL_OPTIONS, type GlobalValues } from './specification/global-options.js';
import { InvalidValueError } from './specification/values.js';
import type { Surroundings } from './surroundings.js';
import { VERSION } from './version.js';

export interface ProgramShell {
  readonly surroundings: Pick<Surroundings, 'stdout' | 'stderr'>;
  /** Takes what the command line is wrong in. */
  readonly say: (text: string) => void;
  readonly run: (load: () => Promise<Handler<never>>, asked: GlobalValues, given: never) => Promise<void>;
}

/** The whole command line, from its declarations. */
export function buildProgram(specifications: readonly CommandSpecification[], shell: ProgramShell): Command {
  const { surroundings, say } = shell;
  const program = new Command('signpost')
    .description('The command line of Signpost: send events, watch them arrive, find out why not, and send them again.')
    .version(VERSION, '-V, --version', 'Print the version.')
    .helpOption('-h, --help', 'Print this help.')
    .helpCommand('help [command]', 'Print the help of a command.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => surroundings.stdout.write(text),
      writeErr: say,
      outputError: (text, write) => write(text),
      getOutHelpWidth: () => surroundings.stdout.columns ?? 100,
      getErrHelpWidth: () => surroundings.stderr.columns ?? 100,
    })
    .addHelpText('after', '\nExit codes and variables: docs/reference/cli.md. NO_COLOR is respected.');
  addOptions(program, GLOBAL_OPTIONS);
  for (const specification of specifications) add(program, specification, shell);
  return program;
}

function add(parent: Command, specification: CommandSpecification, shell: ProgramShell): void {
  const { name, alias, summary, description, examples, load } = specification;
  const built = parent
    .command(name, { hidden: name.startsWith('_') })
    .summary(summary)
    .description(describe(summary, description, examples));
  if (alias !== undefined) built.alias(alias);
  for (const [key, argument] of Object.entries(specification.arguments)) built.addArgument(argumentOf(key, argument));
  addOptions(built, specification.options);
  for (const inner of specification.commands) add(built, inner, shell);
  if (load === undefined) return;
  built.action(async () => {
    const all: Record<string, unknown> = { ...absentFlags(specification.options), ...built.optsWithGlobals() };
    const names = Object.keys(specification.arguments);
    const given = { ...all, ...Object.fromEntries(names.map((key, at) => [key, built.processedArgs[at] as unknown])) };
    // commander keeps --no-color as the absence of "color".
    const asked = { ...absentFlags(GLOBAL_OPTIONS), ...all, noColor: all['color'] === false };
    await shell.run(load, asked as unknown as GlobalValues, given as never);
  });
}

/** A flag that is not given is false, where commander has nothing. */
function absentFlags(options: Readonly<Record<string, OptionSpecification>>): Record<string, false> {
  const flags = Object.entries(options).filter(([, { usual }]) => usual === false);
  return Object.fromEntries(flags.map(([key]) => [key, false as const]));
}

function describe(summary: string, description = '', examples: readonly string[] = []): string {
  const shown = examples.map((example) => `  signpost ${example}`).join('\n');
  return [summary, description, shown === '' ? '' : `Examples:\n${shown}`].filter((part) => part !== '').join('\n\n');
}

function addOptions(built: Command, options: Readonly<Record<string, OptionSpecification>>): void {
  for (const [key, specification] of Object.entries(options)) built.addOption(optionOf(key, specification));
}

function optionOf(key: string, specification: OptionSpecification): Option {
  const { placeholder, description, usual, choices, short } = specification;
  const letter = short === undefined ? '' : `-${short}, `;
  const value = placeholder === undefined ? '' : ` <${placeholder}>`;
  const about = choices === undefined ? description : `${description} (${choices.join(', ')})`;
  const option = new Option(`${letter}--${optionName(key)}${value}`, about);
  if (usual !== undefined && usual !== false && key !== 'noColor') option.default(usual, specification.usualText);
  if (specification.parse !== undefined) {
    // With a default commander hands that in as what was given before.
    option.argParser((text: string, before: unknown) =>
      checked(() => specification.parse?.(text, before === usual ? undefined : before)),
    );
  }
  return option;
}

function argumentOf(key: string, { description, isOptional, isVariadic, choices }: ArgumentSpecification): Argument {
  const name = `${optionName(key)}${isVariadic ? '...' : ''}`;
  const argument = new Argument(isOptional ? `[${name}]` : `<${name}>`, description);
  return choices === undefined ? argument : argument.choices(choices);
}

function checked<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof InvalidValueError) throw new InvalidArgumentError(`It ${error.message}.`);
    throw error;
  }
}
