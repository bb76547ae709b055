interface ErrorLike {
  readonly name?: unknown;
  readonly message: string;
  readonly code?: unknown;
  readonly cause?: unknown;
}

/** Why a request got no answer: "ECONNREFUSED", "timeout", or what the error says. */
export function reasonOf(error: unknown): string {
  if (!isErrorLike(error)) return String(error);
  if (error.name === 'TimeoutError') return 'timeout';
  const { cause } = error;
  if (!isErrorLike(cause)) return error.message;
  if (typeof cause.code === 'string') return cause.code;
  return cause.message === '' ? error.message : cause.message;
}

/** Errors of fetch may come from another realm, where instanceof does not know them. */
const isErrorLike = (value: unknown): value is ErrorLike =>
  typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string';
