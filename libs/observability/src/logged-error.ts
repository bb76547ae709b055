export interface LoggedError {
  readonly type: string;
  readonly code?: string;
  readonly message: string;
  readonly stack?: string;
  /** What led to it, the nearest first. */
  readonly causes?: readonly Omit<LoggedError, 'stack' | 'causes'>[];
}

/** An error that names itself as its own cause has no end. */
const MOST_CAUSES = 5;

/**
 * What the log says of an error: what it is, and where. Not all that it carries: libraries hang the query with its
 * parameters on it, the row that was there already, or the text that could not be read, and that is a payload.
 */
export function loggedError(error: unknown): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const causes: LoggedError[] = [];
  for (let { cause } = error; cause instanceof Error && causes.length < MOST_CAUSES; cause = cause.cause) {
    causes.push(named(cause));
  }
  const stack = placesOf(error);
  return {
    ...named(error),
    ...(stack === '' ? {} : { stack }),
    ...(causes.length === 0 ? {} : { causes }),
  };
}

function named(error: Error): LoggedError {
  const code = 'code' in error && (typeof error.code === 'string' || typeof error.code === 'number') ? error.code : '';
  return {
    type: error.constructor.name,
    ...(code === '' ? {} : { code: String(code) }),
    // What does not parse is quoted in what is said of it.
    message: error instanceof SyntaxError ? 'not readable' : error.message,
  };
}

/** Without the message, which the stack begins with and which may have lines of its own. */
function placesOf({ stack = '' }: Error): string {
  const lines = stack.split('\n');
  const first = lines.findIndex((line) => /^\s+at /.test(line));
  return first < 0 ? '' : lines.slice(first).join('\n');
}
