export { COMMANDS } from './commands/index.js';
export { EXIT_CODES } from './exit-codes.js';
export { GLOBAL_OPTIONS, VARIABLES } from './specification/global-options.js';
export type { CommandSpecification, OptionSpecification } from './specification/command.js';
export { runCli } from './run.js';
export type { Surroundings } from './surroundings.js';
