import { AppError } from '@signpost/domain';

/** An answer other than success, in Svix's form: `code` for machines, `detail` for people. */
export class ApiError extends AppError {
  constructor(
    readonly status: number,
    readonly code: string,
    /** What is wrong, where, and what to do next. */
    detail: string,
    readonly retryAfterSeconds?: number,
  ) {
    super(detail);
  }
}

export interface FieldFault {
  /** From the part of the request down to the field, places in a list included: ['body', 'channels', '0']. */
  readonly loc: readonly string[];
  readonly msg: string;
  /** Stable: 'invalid_format', 'too_big', 'invalid_type', … */
  readonly type: string;
}

/** 422 with every fault and its location. */
export class ValidationError extends AppError {
  readonly code = 'validation';
  readonly status = 422;
  constructor(readonly faults: readonly FieldFault[]) {
    super(faults.map((fault) => `${fault.loc.join('.')}: ${fault.msg}`).join('; '));
  }
}

export const notFound = (what: string): ApiError =>
  new ApiError(
    404,
    'not_found',
    `${what} does not exist, or belongs to another organisation. List what exists and use an id or uid from there.`,
  );
