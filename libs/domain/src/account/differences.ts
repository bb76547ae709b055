/** Where a run that has no fate yet is. `taken-over`: wherever it lies, a later run has its place, and it ends when it comes back. */
export const PLACES = ['fresh', 'returning', 'tier', 'parked', 'taken-over'] as const;
export type Place = (typeof PLACES)[number];

/** Each way in which the account can fail to add up. */
export const DIFFERENCES = [
  'unmatched',
  'unrecorded',
  'fresh-lost',
  'returning-lost',
  'tier-lost',
  'parked-lost',
  'not-owed',
  'several-fates',
] as const;
export type Difference = (typeof DIFFERENCES)[number];

/** What the audit finds: beside the differences, what the topics hold and the log has never seen. */
export const VIOLATIONS = [...DIFFERENCES, 'never-recorded'] as const;
export type Violation = (typeof VIOLATIONS)[number];

/** One sentence for a person. */
export const MEANING: Readonly<Record<Violation, string>> = {
  unmatched: 'The message was accepted, and the matcher is past it without having said whom it matched.',
  unrecorded: 'The message was matched, and the delivery log has no such message.',
  'fresh-lost': 'The delivery was made, the dispatcher is past it, and nothing is known of it.',
  'returning-lost': 'The delivery was handed back to its lane, the dispatcher is past it, and nothing followed.',
  'tier-lost': 'The wait for the next attempt is over, everything due then was handed on, and no attempt followed.',
  'parked-lost': 'The delivery was parked for longer than anything is kept there, and has no fate.',
  'not-owed': 'Something became of a delivery that was neither matched nor asked for again.',
  'several-fates': 'One run of the delivery ended in several ways, and no repeated attempt explains it.',
  'never-recorded':
    'The topic of accepted messages holds it, and the delivery log, which is past it, knows nothing of it.',
};
