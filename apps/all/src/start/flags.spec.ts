import { describe, expect, it } from '@jest/globals';
import { ALL_ROLES } from '../role-names.js';
import { parseFlags } from './flags.js';

describe('parseFlags', () => {
  it('runs every role with the demonstration unless told otherwise', () => {
    expect(parseFlags([])).toEqual({
      check: false,
      roles: ALL_ROLES,
      apart: false,
      demo: true,
      reset: false,
      help: false,
    });
  });

  it('takes a choice of roles, in the order in which an event meets them', () => {
    expect(parseFlags(['--roles', 'dispatcher, ingest', '--apart', '--no-demo'])).toMatchObject({
      roles: ['ingest', 'dispatcher'],
      apart: true,
      demo: false,
    });
    expect(parseFlags(['--roles=api']).roles).toEqual(['api']);
  });

  it.each([
    { args: ['--chek'], says: 'there is no flag --chek' },
    { args: ['-x'], says: 'there is no flag -x' },
    { args: ['check'], says: '"check" is no flag' },
    { args: ['--check=yes'], says: '--check takes no value' },
    { args: ['--roles'], says: '--roles needs a comma list' },
    { args: ['--roles', '--apart'], says: '--roles needs a comma list' },
    { args: ['--roles', 'ingest,postman'], says: 'there is no role postman' },
    { args: ['--check', '--no-demo'], says: 'cannot go with --no-demo' },
    { args: ['--check', '--roles', 'api'], says: 'cannot go with --roles' },
  ])('answers $args with one sentence', ({ args, says }) => {
    expect(() => parseFlags(args)).toThrow(says);
    expect(() => parseFlags(args)).toThrow(/^[^\n]+$/);
  });
});
