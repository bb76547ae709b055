import { describe, expect, it } from '@jest/globals';
import { AppError } from '@signpost/domain';
import { loggedError } from './logged-error.js';

class BrokenError extends AppError {
  readonly code = 'broken';
}

const failure = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('it went well');
};

describe('what the log says of an error', () => {
  it('is its type, its code, its message, where it was thrown, and what led to it', () => {
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    const logged = loggedError(new BrokenError('it broke', {}, cause));
    expect(logged).toMatchObject({
      type: 'BrokenError',
      code: 'broken',
      message: 'it broke',
      causes: [{ type: 'Error', code: 'ECONNREFUSED', message: 'refused' }],
    });
    expect(logged.stack).toMatch(/^\s+at .*logged-error\.spec/);
  });

  it('is nothing of what else it carries', () => {
    const unreadable = failure(() => JSON.parse('payload') as unknown);
    const query = Object.assign(new Error('duplicate key'), { parameters: ['payload'], detail: 'Key (a)=(payload)' });
    for (const error of [unreadable, query, new BrokenError('it broke', { text: 'payload' }, unreadable)]) {
      expect(JSON.stringify(loggedError(error))).not.toContain('payload');
    }
  });

  it('has an end, whatever the error says of itself', () => {
    const error = new Error('it broke');
    error.cause = error;
    expect(loggedError(error).causes).toHaveLength(5);
    expect(loggedError('text')).toEqual({ type: 'string', message: 'text' });
  });
});
