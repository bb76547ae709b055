/** How a command ends, for scripts. Stable: a code is never given another meaning. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  access: 3,
  notFound: 4,
  refused: 5,
  unavailable: 6,
  finding: 7,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_CODES: readonly { readonly code: ExitCode; readonly meaning: string }[] = [
  { code: EXIT.ok, meaning: 'done' },
  {
    code: EXIT.failed,
    meaning: 'the work was begun and did not succeed: a job that failed, events that were not accepted',
  },
  { code: EXIT.usage, meaning: 'the command line or the configuration is wrong; nothing was asked of the server' },
  { code: EXIT.access, meaning: 'no API key, a wrong one, or one without the scope that is needed (401, 403)' },
  { code: EXIT.notFound, meaning: 'there is no such thing (404)' },
  { code: EXIT.refused, meaning: 'the server refuses the input (400, 409, 422, and other 4xx)' },
  { code: EXIT.unavailable, meaning: 'the server cannot be reached or cannot answer now: try again (429, 5xx)' },
  {
    code: EXIT.finding,
    meaning:
      'the check was made and found something: `verify` a mismatch, `audit` a difference, `doctor` a fault, `transformations try` a message that cannot be made',
  },
  { code: EXIT.interrupted, meaning: 'ended by Ctrl-C before it was done' },
];
