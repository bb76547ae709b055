import { DIFFERENCES, FATES, PLACES, type Account, type Difference, type Fate, type Place } from '@signpost/domain';

/** One count of an account, and its column. */
export interface Count {
  readonly column: string;
  readonly of: (account: Account) => number;
}

const column = (group: string, name: string): string => `${group}_${name.replaceAll('-', '_')}`;

export const COUNTS: readonly Count[] = [
  { column: 'accepted', of: (account) => account.accepted },
  { column: 'matched', of: (account) => account.matched },
  { column: 'nobody', of: (account) => account.nobody },
  { column: 'undecided', of: (account) => account.undecided },
  { column: 'early_messages', of: ({ early }) => early.messages },
  { column: 'early_runs', of: ({ early }) => early.runs },
  { column: 'deliveries', of: (account) => account.deliveries },
  { column: 'redeliveries', of: (account) => account.redeliveries },
  ...FATES.map((fate) => ({ column: column('fate', fate), of: ({ fates }: Account) => fates[fate] })),
  ...PLACES.map((place) => ({ column: column('pending', place), of: ({ pending }: Account) => pending[place] })),
  ...DIFFERENCES.map((kind) => ({
    column: column('difference', kind),
    of: ({ differences }: Account) => differences[kind],
  })),
];

export type CountedRow = Readonly<Record<string, unknown>>;

/** Sums come as text where they are of many rows. */
export function accountIn(row: CountedRow): Account {
  const at = (name: string): number => Number(row[name] ?? 0);
  const all = <K extends string>(group: string, names: readonly K[]): Record<K, number> =>
    Object.fromEntries(names.map((name) => [name, at(column(group, name))])) as Record<K, number>;
  return {
    accepted: at('accepted'),
    matched: at('matched'),
    nobody: at('nobody'),
    undecided: at('undecided'),
    early: { messages: at('early_messages'), runs: at('early_runs') },
    deliveries: at('deliveries'),
    redeliveries: at('redeliveries'),
    fates: all<Fate>('fate', FATES),
    pending: all<Place>('pending', PLACES),
    differences: all<Difference>('difference', DIFFERENCES),
  };
}

export const COUNT_COLUMNS = COUNTS.map(({ column: name }) => name).join(', ');
export const COUNT_SUMS = COUNTS.map(({ column: name }) => `sum (${name}) AS ${name}`).join(', ');
