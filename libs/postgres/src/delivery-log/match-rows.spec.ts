import { describe, expect, it } from '@jest/globals';
import type { MatchedFact } from '@signpost/contracts';
import { newId } from '@signpost/domain';
import { matchRows } from './rows.js';

const [messageId, applicationId] = [newId('msg', 1), newId('app', 1)];
const [one, other] = [newId('ep', 1), newId('ep', 2)];
const matched = (...endpointIds: MatchedFact['endpointIds']): MatchedFact => ({
  kind: 'matched',
  messageId,
  applicationId,
  atMs: 1,
  endpointIds,
});
const repeat: MatchedFact = { ...matched(), isRepeat: true };

describe('matchRows', () => {
  it('owes a message to all that it was matched to, however often', () => {
    expect(matchRows([matched(one), matched(one, other)])).toEqual([matched(one, other)]);
  });

  it('takes a message for a repeat only where it was never matched, in whatever order that is told', () => {
    expect(matchRows([repeat, repeat])).toEqual([repeat]);
    expect(matchRows([repeat, matched(one)])).toEqual([matched(one)]);
    expect(matchRows([matched(one), repeat])).toEqual([matched(one)]);
    expect(matchRows([repeat, matched()])).toEqual([matched()]);
  });
});
