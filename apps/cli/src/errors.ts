import { AppError } from '@signpost/domain';
import { EXIT, type ExitCode } from './exit-codes.js';

/** A failure to tell a person about: what is wrong and where (`message`), and what to do next. */
export abstract class CliError extends AppError {
  abstract readonly exitCode: ExitCode;

  constructor(
    message: string,
    readonly next: string,
    details: Record<string, unknown> = {},
    cause?: unknown,
  ) {
    super(message, details, cause);
  }
}

export class UsageError extends CliError {
  readonly code = 'usage';
  readonly exitCode = EXIT.usage;
}

export class ConfigurationError extends CliError {
  readonly code = 'configuration';
  readonly exitCode = EXIT.usage;
}

export class NoKeyError extends CliError {
  readonly code = 'no_api_key';
  readonly exitCode = EXIT.access;
}

/** Some of what was asked for did not come about. */
export class WorkFailedError extends CliError {
  readonly code = 'failed';
  readonly exitCode = EXIT.failed;
}

/** A check that found something; it has been printed already. */
export class FindingError extends CliError {
  readonly code = 'finding';
  readonly exitCode = EXIT.finding;
}

export class InterruptedError extends CliError {
  readonly code = 'interrupted';
  readonly exitCode = EXIT.interrupted;
}
