import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  accountOf,
  differenceOf,
  differencesOfRuns,
  emptyAccount,
  isBalanced,
  openIn,
  pendingPlaceOf,
  remainders,
  sumOfAccounts,
  type MessageGroup,
  type RunGroup,
} from './account.js';
import { DIFFERENCES, MEANING, VIOLATIONS } from './differences.js';
import { ASKED_FOR, FATES, fatesIn, KNOWN, notesOf } from './run-notes.js';

type Story = 'kept' | 'match-lost' | 'message-lost' | 'facts-lost' | 'fate-lost';

/** One message to `endpoints` endpoints whose deliveries all ended, and what is lost of it. */
interface Told {
  readonly endpoints: number;
  readonly story: Story;
}

const told: fc.Arbitrary<Told> = fc.record({
  endpoints: fc.integer({ min: 0, max: 4 }),
  story: fc.constantFrom('kept', 'match-lost', 'message-lost', 'facts-lost', 'fate-lost'),
});

const run: RunGroup = {
  isRedelivery: false,
  isOwed: true,
  notes: notesOf({ fate: 'delivered' }),
  isTakenOver: false,
  isDue: false,
  isOverdue: false,
  isRepeated: false,
  count: 1,
};
const pending: RunGroup = { ...run, notes: notesOf({}) };

/** What the log makes of it. */
function recorded({ endpoints, story }: Told): { readonly messages: MessageGroup[]; readonly runs: RunGroup[] } {
  const isMatched = story !== 'match-lost';
  const message: MessageGroup = {
    isRecorded: story !== 'message-lost',
    matched: !isMatched ? 'unknown' : endpoints === 0 ? 'nobody' : 'some',
    count: 1,
    deliveries: isMatched ? endpoints : 0,
  };
  const runs = Array.from({ length: endpoints }, (): RunGroup => {
    if (story === 'facts-lost') return { ...run, notes: 0 };
    if (story === 'fate-lost') return { ...pending, state: 'waiting', isDue: true, isOverdue: true };
    return { ...run, isOwed: isMatched };
  });
  return { messages: [message], runs };
}

/** How many ids the audit has to name for it. */
const lost = ({ endpoints, story }: Told): number => {
  switch (story) {
    case 'kept':
      return 0;
    case 'match-lost':
      return 1 + endpoints;
    case 'message-lost':
      return 1;
    case 'facts-lost':
    case 'fate-lost':
      return endpoints;
  }
};

const group = {
  count: fc.nat({ max: 50 }),
  isRecorded: fc.boolean(),
  matched: fc.constantFrom('unknown', 'nobody', 'some'),
} as const;
const anyRun: fc.Arbitrary<RunGroup> = fc
  .record({
    isRedelivery: fc.boolean(),
    isOwed: fc.boolean(),
    notes: fc.integer({ min: 0, max: 255 }),
    isTakenOver: fc.boolean(),
    isDue: fc.boolean(),
    isOverdue: fc.boolean(),
    isRepeated: fc.boolean(),
    count: fc.nat({ max: 50 }),
    state: fc.option(fc.constantFrom('pending', 'waiting', 'parked'), { nil: undefined }),
  })
  .map(({ state, ...rest }) => (state === undefined ? rest : { ...rest, state }));

describe('the account', () => {
  it('of what went its way is balanced, and nothing of it is open', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 })), (all) => {
        const { messages, runs } = together(all.map((endpoints) => ({ endpoints, story: 'kept' })));
        const account = accountOf(messages, runs, true);
        expect(isBalanced(account)).toBe(true);
        expect(openIn(account)).toBe(0);
        expect(account.accepted).toBe(account.matched + account.nobody);
        expect(account.deliveries).toBe(account.fates.delivered);
      }),
    );
  });

  it('is out by exactly what was lost, and both sums hold all the same', () => {
    fc.assert(
      fc.property(fc.array(told, { maxLength: 30 }), (all) => {
        const { messages, runs } = together(all);
        const account = accountOf(messages, runs, true);
        expect(differenceOf(account)).toBe(all.reduce((sum, each) => sum + lost(each), 0));
        expect(remainders(account)).toEqual({ messages: 0, runs: 0 });
      }),
    );
  });

  it('takes nothing for lost that may be on its way, as long as it is not closed', () => {
    fc.assert(
      fc.property(fc.array(told.filter(({ story }) => story !== 'fate-lost')), (all) => {
        const { messages, runs } = together(all);
        const account = accountOf(messages, runs, false);
        expect(isBalanced(account)).toBe(true);
        expect(remainders(account)).toEqual({ messages: 0, runs: 0 });
      }),
    );
  });

  it('adds up for groups of every form, closed or not, and each of them is in one place', () => {
    fc.assert(
      fc.property(fc.array(fc.record(group)), fc.array(anyRun), fc.boolean(), (given, runs, isClosed) => {
        const owed = runs
          .filter((each) => each.isOwed && !each.isRedelivery)
          .reduce((sum, { count }) => sum + count, 0);
        const matched = { isRecorded: true, matched: 'some', count: 1, deliveries: owed } as const;
        const messages = [...given.map((each) => ({ ...each, deliveries: 0 })), matched];
        const known = messages.filter((each) => each.isRecorded || each.matched !== 'unknown');
        expect(remainders(accountOf(known, runs, isClosed))).toEqual({ messages: 0, runs: 0 });
      }),
    );
  });

  it('of all is the sum of its parts, in any order', () => {
    fc.assert(
      fc.property(fc.array(told), fc.nat(), fc.boolean(), (all, at, isClosed) => {
        const cut = all.length === 0 ? 0 : at % all.length;
        const of = (part: readonly Told[]) => {
          const { messages, runs } = together(part);
          return accountOf(messages, runs, isClosed);
        };
        const whole = of(all);
        expect(sumOfAccounts([of(all.slice(cut)), of(all.slice(0, cut))])).toEqual(whole);
        expect(sumOfAccounts([whole, emptyAccount()])).toEqual(whole);
      }),
    );
  });
});

describe('a run', () => {
  it('is in one place as long as it has no fate', () => {
    expect(pendingPlaceOf({ isTakenOver: false, isDue: false })).toBe('fresh');
    expect(pendingPlaceOf({ isTakenOver: false, isDue: false, state: 'waiting' })).toBe('tier');
    expect(pendingPlaceOf({ isTakenOver: false, isDue: true, state: 'waiting' })).toBe('returning');
    expect(pendingPlaceOf({ isTakenOver: false, isDue: false, state: 'pending' })).toBe('returning');
    expect(pendingPlaceOf({ isTakenOver: false, isDue: false, state: 'parked' })).toBe('parked');
    expect(pendingPlaceOf({ isTakenOver: true, isDue: false, state: 'parked' })).toBe('taken-over');
  });

  it('is lost where it was last, once what had to follow is overdue', () => {
    const overdue = (changes: Partial<RunGroup>) =>
      differencesOfRuns({ ...pending, isOverdue: true, ...changes }, false);
    expect(overdue({ state: 'waiting', isDue: true })).toEqual(['tier-lost']);
    expect(overdue({ state: 'pending' })).toEqual(['returning-lost']);
    expect(overdue({ state: 'parked' })).toEqual(['parked-lost']);
    expect(overdue({ isTakenOver: true })).toEqual([]);
    expect(overdue({})).toEqual([]);
    expect(differencesOfRuns({ ...pending, notes: 0 }, true)).toEqual(['fresh-lost']);
    expect(differencesOfRuns({ ...pending, notes: 0 }, false)).toEqual([]);
  });

  it('that ended in two ways is one run, and a difference unless an attempt was repeated', () => {
    const notes = notesOf({ fate: 'delivered' }) | notesOf({ fate: 'dead-lettered' });
    expect(differencesOfRuns({ ...run, notes }, true)).toEqual(['several-fates']);
    expect(differencesOfRuns({ ...run, notes, isRepeated: true }, true)).toEqual([]);
    const { fates } = accountOf([], [{ ...run, notes }], true);
    expect([fates.delivered, fates['dead-lettered']]).toEqual([1, 0]);
  });

  it('that nobody owed is a difference, whatever became of it', () => {
    expect(differencesOfRuns({ ...run, isOwed: false }, true)).toEqual(['not-owed']);
    expect(differencesOfRuns({ ...pending, isOwed: false, state: 'waiting', isOverdue: true }, true)).toEqual([
      'not-owed',
      'tier-lost',
    ]);
  });

  it('has notes that say the same in any order and however often', () => {
    const facts = fc.record({
      fate: fc.option(fc.constantFrom(...FATES), { nil: undefined }),
      isAskedFor: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(facts), (all) => {
        const merge = (list: typeof all) => list.reduce((notes, fact) => notes | notesOf(fact), 0);
        const notes = merge(all);
        expect(merge([...all, ...all].reverse())).toBe(notes);
        expect(new Set(fatesIn(notes))).toEqual(new Set(all.flatMap(({ fate }) => fate ?? [])));
        expect((notes & ASKED_FOR) !== 0).toBe(all.some(({ isAskedFor }) => isAskedFor));
        expect((notes & KNOWN) !== 0).toBe(all.length > 0);
      }),
    );
  });
});

it('every difference and violation says what it means', () => {
  for (const kind of VIOLATIONS) expect(MEANING[kind]).toMatch(/^[A-Z].*\.$/);
  expect(new Set(VIOLATIONS).size).toBe(DIFFERENCES.length + 1);
});

function together(all: readonly Told[]): {
  readonly messages: readonly MessageGroup[];
  readonly runs: readonly RunGroup[];
} {
  const parts = all.map(recorded);
  return { messages: parts.flatMap(({ messages }) => messages), runs: parts.flatMap(({ runs }) => runs) };
}
