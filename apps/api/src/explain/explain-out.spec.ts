import { describe, expect, it } from '@jest/globals';
import { newId } from '@signpost/domain';
import { explainOut } from './explain-out.js';

describe('the summary of a message that went to nobody', () => {
  const id = newId('msg', 1);
  const message = {
    id,
    applicationId: newId('app', 1),
    eventType: 'a.b',
    acceptedAt: new Date(1),
    hasPayload: true,
  };
  const summaryOf = (isRepeat: boolean): string => {
    const story = {
      matched: { at: new Date(2), endpointIds: new Set<never>(), isRepeat },
      endpoints: [],
      considered: 4,
    };
    const around = { payload: undefined, memoryOf: () => undefined, nowMs: 3 };
    return explainOut(id, { as: 'message', message, others: [] }, story, around).summary;
  };

  it('says that it repeats another, which is no fault of its endpoints', () => {
    expect(summaryOf(true)).toMatch(/^It repeats an event/);
  });

  it('counts the endpoints otherwise', () => {
    expect(summaryOf(false)).toBe('It was matched to none of 4 endpoints.');
  });
});
