/**
 * A failure this system expects and names. `code` is stable: logs, metrics and API bodies carry it,
 * and nobody parses `message`. Anything that is not an AppError is a bug or a broken dependency.
 */
export abstract class AppError extends Error {
  abstract readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, details: Record<string, unknown> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.details = details;
  }
}
