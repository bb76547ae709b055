/** A recovery's course: `running` and `paused` may go on, the others are ends. */
export type RecoveryStatus = 'running' | 'paused' | 'finished' | 'failed' | 'aborted';
export const RECOVERY_STATUSES = [
  'running',
  'paused',
  'finished',
  'failed',
  'aborted',
] as const satisfies readonly RecoveryStatus[];

/** What people ask of a recovery, and (`finish`, `fail`) what whoever works on it has to say. */
export type RecoveryCommand = 'pause' | 'resume' | 'abort' | 'finish' | 'fail';

export type RecoveryStep =
  | { readonly kind: 'to'; readonly status: RecoveryStatus }
  /** It is so already: asking twice is no mistake. */
  | { readonly kind: 'stays' }
  /** It has ended otherwise, and nothing that has ended goes on. */
  | { readonly kind: 'refused'; readonly status: RecoveryStatus };

const to = (status: RecoveryStatus): RecoveryStep => ({ kind: 'to', status });
const STAYS: RecoveryStep = { kind: 'stays' };

const LEADS_TO = {
  pause: 'paused',
  resume: 'running',
  abort: 'aborted',
  finish: 'finished',
  fail: 'failed',
} as const satisfies Record<RecoveryCommand, RecoveryStatus>;

export function recoveryStep(status: RecoveryStatus, command: RecoveryCommand): RecoveryStep {
  const wanted = LEADS_TO[command];
  if (status === wanted) return STAYS;
  switch (status) {
    case 'running':
      return to(wanted);
    case 'paused':
      // Nobody works on it: what a worker says comes from before the pause.
      return command === 'finish' || command === 'fail' ? STAYS : to(wanted);
    case 'finished':
    case 'failed':
    case 'aborted':
      return { kind: 'refused', status };
  }
}

export const hasEnded = (status: RecoveryStatus): boolean => status !== 'running' && status !== 'paused';
