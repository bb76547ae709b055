import { CliError } from '../errors.js';
import { EXIT, type ExitCode } from '../exit-codes.js';

/** What the server answered instead of what was asked for. */
export class ApiFailure extends CliError {
  constructor(
    readonly code: string,
    readonly exitCode: ExitCode,
    readonly status: number,
    message: string,
    next: string,
  ) {
    super(message, next, { status });
  }
}

/** The server could not be asked. */
export class UnreachableError extends CliError {
  readonly code = 'unreachable';
  readonly exitCode = EXIT.unavailable;
}

interface ErrorBody {
  readonly code?: unknown;
  readonly detail?: unknown;
}

/** `where`: the request, as "GET https://…". */
export function apiFailure(status: number, body: unknown, where: string): ApiFailure {
  const { code, detail } = (typeof body === 'object' && body !== null ? body : {}) as ErrorBody;
  const known = typeof code === 'string' ? code : Array.isArray(detail) ? 'validation' : `http_${String(status)}`;
  const { exitCode, next } = meaningOf(status);
  return new ApiFailure(known, exitCode, status, `${sentence(detail, status)} (${where}: ${String(status)})`, next);
}

function sentence(detail: unknown, status: number): string {
  if (typeof detail === 'string' && detail !== '') return detail;
  if (Array.isArray(detail)) return detail.map(fault).join('; ');
  return `The server answered ${String(status)} without a word that this command understands`;
}

/** One of the faults that a validation names: "body.eventTypes.0: may hold …". */
function fault(item: unknown): string {
  const { loc, msg } = (typeof item === 'object' && item !== null ? item : {}) as { loc?: unknown; msg?: unknown };
  const place = Array.isArray(loc) ? loc.map(String).join('.') : '';
  return `${place}${place === '' ? '' : ': '}${typeof msg === 'string' ? msg : JSON.stringify(item)}`;
}

function meaningOf(status: number): { readonly exitCode: ExitCode; readonly next: string } {
  if (status === 401) {
    return { exitCode: EXIT.access, next: 'Run `signpost login` with a key that works, or correct SIGNPOST_API_KEY.' };
  }
  if (status === 403) {
    return {
      exitCode: EXIT.access,
      next: 'Use a key with the scope that is named; `signpost doctor` shows those of yours.',
    };
  }
  if (status === 404) {
    return {
      exitCode: EXIT.notFound,
      next: 'Check the id, the application (--app) and the server (`signpost config show`); an older server may lack the operation.',
    };
  }
  if (status === 429 || status >= 500) {
    return { exitCode: EXIT.unavailable, next: 'Try again in a moment; `signpost doctor` looks at what is wrong.' };
  }
  return { exitCode: EXIT.refused, next: 'Correct what is named and try again.' };
}
