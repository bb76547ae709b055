import { describe, expect, it } from '@jest/globals';
import { newId } from '@signpost/domain';
import { nothingFound, soughtBy } from './sought.js';

describe('what an id may be', () => {
  it.each([
    [newId('msg', 1), ['message', 'event']],
    [newId('dlv', 1), ['delivery', 'event']],
    [newId('atmpt', 1), ['attempt', 'event']],
    [newId('ep', 1), ['event']],
    ['platform.events:3:1042', ['source', 'event']],
    ['order-1', ['event']],
    ['msg_short', ['event']],
  ])('%s', (text, forms) => {
    expect(soughtBy(text).map(({ as }) => as)).toEqual(forms);
  });

  it('is said where nothing is found, with what was tried and where else to look', () => {
    expect(nothingFound('a:1:2', undefined)).toContain(
      'as topic:partition:offset of a record of a source topic and as',
    );
    expect(nothingFound('a:1:2', undefined)).toContain('signpost rejected ls');
    expect(nothingFound('x', 'one')).toContain('"x" in the application one: it was looked for as an event\'s own id.');
    expect(nothingFound('x', 'one')).not.toContain('rejected');
  });
});
