import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  hasEnded,
  RECOVERY_STATUSES,
  recoveryStep,
  type RecoveryCommand,
  type RecoveryStatus,
} from './recovery-state.js';

const COMMANDS = ['pause', 'resume', 'abort', 'finish', 'fail'] as const satisfies readonly RecoveryCommand[];

const after = (status: RecoveryStatus, command: RecoveryCommand): RecoveryStatus => {
  const step = recoveryStep(status, command);
  return step.kind === 'to' ? step.status : status;
};

describe('the course of a recovery', () => {
  it.each([
    ['running', 'pause', { kind: 'to', status: 'paused' }],
    ['running', 'resume', { kind: 'stays' }],
    ['running', 'abort', { kind: 'to', status: 'aborted' }],
    ['running', 'finish', { kind: 'to', status: 'finished' }],
    ['paused', 'resume', { kind: 'to', status: 'running' }],
    ['paused', 'abort', { kind: 'to', status: 'aborted' }],
    ['paused', 'finish', { kind: 'stays' }],
    ['aborted', 'abort', { kind: 'stays' }],
    ['aborted', 'resume', { kind: 'refused', status: 'aborted' }],
    ['finished', 'pause', { kind: 'refused', status: 'finished' }],
    ['failed', 'resume', { kind: 'refused', status: 'failed' }],
  ] as const)('%s, asked to %s', (status, command, step) => {
    expect(recoveryStep(status, command)).toEqual(step);
  });

  it('never goes on once it has ended, whatever is asked and in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...COMMANDS), { maxLength: 30 }), (commands) => {
        let status: RecoveryStatus = 'running';
        let ended: RecoveryStatus | undefined;
        for (const command of commands) {
          status = after(status, command);
          ended ??= hasEnded(status) ? status : undefined;
          if (ended !== undefined) expect(status).toBe(ended);
        }
      }),
    );
  });

  it('takes every command twice as once', () => {
    fc.assert(
      fc.property(fc.constantFrom(...RECOVERY_STATUSES), fc.constantFrom(...COMMANDS), (status, command) => {
        const once = after(status, command);
        expect(after(once, command)).toBe(once);
      }),
    );
  });
});
