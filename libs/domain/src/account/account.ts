import type { DeliveryState } from '../delivery/delivery-status.js';
import type { Fate } from '../delivery/decision.js';
import { DIFFERENCES, PLACES, type Difference, type Place } from './differences.js';
import { FATES, fatesIn, type RunNotes } from './run-notes.js';

/** Messages that are alike in what the log knows of them. */
export interface MessageGroup {
  /** Whether the log has the message itself. */
  readonly isRecorded: boolean;
  /** `unknown`: no matched fact. */
  readonly matched: 'unknown' | 'nobody' | 'some';
  readonly count: number;
  /** Deliveries that their matching made, all together. */
  readonly deliveries: number;
}

/** Runs that are alike: one message owed to one endpoint, or owed once more (a redelivery). */
export interface RunGroup {
  readonly isRedelivery: boolean;
  /** Whether it was matched, or asked for. */
  readonly isOwed: boolean;
  readonly notes: RunNotes;
  /** As its latest fact has it; undefined: no fact is known. Says nothing of a run that has ended or was taken over. */
  readonly state?: DeliveryState;
  readonly isTakenOver: boolean;
  /** Whether the wait in a tier is over. */
  readonly isDue: boolean;
  /** Whether what its latest fact leads to must have followed by now; see `boundsAt`. */
  readonly isOverdue: boolean;
  /** Whether one of the delivery's attempts was repeated after a crash: a repeat may end otherwise. */
  readonly isRepeated: boolean;
  readonly count: number;
}

/**
 * The account of some messages. Two sums hold by construction, whatever was lost:
 *
 * accepted + early messages + unrecorded = matched + nobody + undecided + unmatched
 *
 * deliveries + redeliveries + early runs + not owed = all fates + all pending + all lost
 *
 * It is balanced when no difference is left in them.
 */
export interface Account {
  readonly accepted: number;
  readonly matched: number;
  readonly nobody: number;
  /** Accepted a moment ago, and not matched yet. */
  readonly undecided: number;
  /** Facts recorded before what they follow from: of messages, and of runs. */
  readonly early: { readonly messages: number; readonly runs: number };
  /** What all matched messages were matched to. */
  readonly deliveries: number;
  readonly redeliveries: number;
  readonly fates: Readonly<Record<Fate, number>>;
  readonly pending: Readonly<Record<Place, number>>;
  readonly differences: Readonly<Record<Difference, number>>;
}

const none = <K extends string>(keys: readonly K[]): Record<K, number> =>
  Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;

export function emptyAccount(): Account {
  return {
    accepted: 0,
    matched: 0,
    nobody: 0,
    undecided: 0,
    early: { messages: 0, runs: 0 },
    deliveries: 0,
    redeliveries: 0,
    fates: none(FATES),
    pending: none(PLACES),
    differences: none(DIFFERENCES),
  };
}

/** `isClosed`: everything that these messages lead to at once has been recorded, so that what is missing is lost. */
export function accountOf(messages: readonly MessageGroup[], runs: readonly RunGroup[], isClosed: boolean): Account {
  const account = {
    ...emptyAccount(),
    early: { messages: 0, runs: 0 },
    fates: none(FATES),
    pending: none(PLACES),
    differences: none(DIFFERENCES),
  };
  for (const group of messages) {
    const { count, deliveries } = group;
    const difference = differenceOfMessages(group, isClosed);
    if (group.isRecorded) account.accepted += count;
    else if (difference === undefined) account.early.messages += count;
    account.deliveries += deliveries;
    if (group.matched === 'some') account.matched += count;
    else if (group.matched === 'nobody') account.nobody += count;
    else if (difference === undefined) account.undecided += count;
    if (difference !== undefined) account.differences[difference] += count;
  }
  for (const run of runs) {
    const { count } = run;
    const differences = differencesOfRuns(run, isClosed);
    const [fate] = fatesIn(run.notes);
    if (!run.isOwed && !differences.includes('not-owed')) account.early.runs += count;
    if (run.isOwed && run.isRedelivery) account.redeliveries += count;
    if (fate !== undefined) account.fates[fate] += count;
    else if (!differences.some(isLoss)) account.pending[pendingPlaceOf(run)] += count;
    for (const difference of differences) account.differences[difference] += count;
  }
  return account;
}

export function differenceOfMessages(
  { isRecorded, matched }: Pick<MessageGroup, 'isRecorded' | 'matched'>,
  isClosed: boolean,
): Difference | undefined {
  if (!isClosed) return undefined;
  if (!isRecorded) return 'unrecorded';
  return matched === 'unknown' ? 'unmatched' : undefined;
}

/** A run may differ in two ways at once: it was not owed, and it was lost as well. */
export function differencesOfRuns(run: Omit<RunGroup, 'count'>, isClosed: boolean): readonly Difference[] {
  const found: Difference[] = [];
  if (!run.isOwed && isClosed) found.push('not-owed');
  const fates = fatesIn(run.notes);
  if (fates.length > 1 && !run.isRepeated) found.push('several-fates');
  if (fates.length > 0) return found;
  const loss = lossOf(run);
  if (loss !== undefined && (loss === 'fresh-lost' ? isClosed : run.isOverdue)) found.push(loss);
  return found;
}

/** Of a run without a fate. */
export function pendingPlaceOf({
  isTakenOver,
  state,
  isDue,
}: Pick<RunGroup, 'isTakenOver' | 'state' | 'isDue'>): Place {
  if (isTakenOver) return 'taken-over';
  if (state === undefined) return 'fresh';
  if (state === 'parked') return 'parked';
  return state === 'waiting' && !isDue ? 'tier' : 'returning';
}

/** What it is called when a run without a fate is nowhere any more. */
function lossOf(run: Pick<RunGroup, 'isTakenOver' | 'state' | 'isDue'>): (typeof LOSSES)[number] | undefined {
  const place = pendingPlaceOf(run);
  switch (place) {
    case 'fresh':
      return 'fresh-lost';
    case 'tier':
      return 'tier-lost';
    case 'returning':
      return run.state === 'waiting' ? 'tier-lost' : 'returning-lost';
    case 'parked':
      return 'parked-lost';
    case 'taken-over':
      // Wherever it is: the later run is owed in its place, and has a fate or is lost itself.
      return undefined;
  }
}

const LOSSES = ['fresh-lost', 'returning-lost', 'tier-lost', 'parked-lost'] as const satisfies readonly Difference[];
const isLoss = (difference: Difference): boolean => (LOSSES as readonly Difference[]).includes(difference);

export function sumOfAccounts(accounts: readonly Account[]): Account {
  return accounts.reduce(
    (a, b) => ({
      accepted: a.accepted + b.accepted,
      matched: a.matched + b.matched,
      nobody: a.nobody + b.nobody,
      undecided: a.undecided + b.undecided,
      early: added(a.early, b.early),
      deliveries: a.deliveries + b.deliveries,
      redeliveries: a.redeliveries + b.redeliveries,
      fates: added(a.fates, b.fates),
      pending: added(a.pending, b.pending),
      differences: added(a.differences, b.differences),
    }),
    emptyAccount(),
  );
}

const added = <K extends string>(a: Readonly<Record<K, number>>, b: Readonly<Record<K, number>>): Record<K, number> =>
  Object.fromEntries((Object.keys(a) as K[]).map((key) => [key, a[key] + b[key]])) as Record<K, number>;

const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** How much the account is out: messages and runs of every kind of difference, which never cancel each other. */
export const differenceOf = ({ differences }: Account): number => total(differences);

export const isBalanced = (account: Account): boolean => differenceOf(account) === 0;

/** Messages that are not decided and runs without a fate: what is open as it should be. */
export const openIn = ({ undecided, pending }: Account): number => undecided + total(pending);

/** What is left of each of the two sums: both are 0, or the counting itself is wrong. */
export function remainders(account: Account): { readonly messages: number; readonly runs: number } {
  const { accepted, matched, nobody, undecided, early, deliveries, redeliveries, fates, pending, differences } =
    account;
  const lost = LOSSES.reduce((sum, kind) => sum + differences[kind], 0);
  return {
    messages:
      accepted + early.messages + differences.unrecorded - (matched + nobody + undecided + differences.unmatched),
    runs: deliveries + redeliveries + early.runs + differences['not-owed'] - (total(fates) + total(pending) + lost),
  };
}
