import type { RecoveryIn } from '@signpost/contracts';
import { ValidationError, type FieldFault } from '@signpost/runtime';
import type * as z from 'zod';

type Asked = z.output<typeof RecoveryIn>;

interface Rule {
  readonly loc: readonly string[];
  readonly isBroken: (asked: Asked) => boolean;
  readonly msg: string;
}

const OF_DEAD_LETTERS = ['reasons', 'reasonClass', 'deadSince', 'deadUntil'] as const;
const NOT_OF_BACKFILL = [...OF_DEAD_LETTERS, 'statuses', 'endpointId', 'deliveryIds'] as const;
const OF_REJECTED = ['codes', 'topics', 'rejectedIds'] as const;
const NOT_OF_REJECTED = [...NOT_OF_BACKFILL, 'appId', 'eventTypes', 'msgIds'] as const;

/** What each kind takes, beyond what the shape of the request says. */
const RULES: readonly Rule[] = [
  {
    loc: ['toEndpointId'],
    isBroken: ({ kind, toEndpointId }) => kind === 'backfill' && toEndpointId == null,
    msg: 'is missing: a backfill goes to one endpoint',
  },
  {
    loc: ['toEndpointId'],
    isBroken: ({ kind, toEndpointId }) => kind !== 'backfill' && toEndpointId != null,
    msg: 'is of a backfill alone: this kind goes to the endpoints that it selects',
  },
  {
    loc: ['to'],
    isBroken: ({ kind, to }) => kind === 'backfill' && to != null,
    msg: 'cannot be given with a backfill: replay what an endpoint has got to another URL instead',
  },
  ...NOT_OF_BACKFILL.map((field) => ({
    loc: ['select', field],
    isBroken: ({ kind, select }: Asked) => kind === 'backfill' && select[field] != null,
    msg: 'says nothing of a backfill, which goes by messages: use appId, eventTypes, since, until or msgIds',
  })),
  {
    loc: ['select', 'states'],
    isBroken: ({ kind, select }) => kind !== 'replay' && select.states != null,
    msg: 'is of a replay alone',
  },
  ...OF_DEAD_LETTERS.map((field) => ({
    loc: ['select', field],
    isBroken: ({ kind, select }: Asked) => kind === 'replay' && select[field] != null,
    msg: 'is of dead letters: use it with the kind "redrive"',
  })),
  ...OF_REJECTED.map((field) => ({
    loc: ['select', field],
    isBroken: ({ kind, select }: Asked) => kind !== 'rejected' && select[field] != null,
    msg: 'is of rejected records: use it with the kind "rejected"',
  })),
  ...NOT_OF_REJECTED.map((field) => ({
    loc: ['select', field],
    isBroken: ({ kind, select }: Asked) => kind === 'rejected' && select[field] != null,
    msg: 'says nothing of rejected records: use codes, topics, since, until or rejectedIds',
  })),
  ...(['to', 'concurrency', 'onlyWhileHealthy'] as const).map((field) => ({
    loc: [field],
    isBroken: (asked: Asked) => asked.kind === 'rejected' && asked[field] != null && asked[field] !== false,
    msg: 'cannot be given with rejected records, which go to intake and to no endpoint',
  })),
  {
    loc: ['onlyWhileHealthy'],
    isBroken: ({ to, onlyWhileHealthy }) => to != null && onlyWhileHealthy === true,
    msg: 'cannot be given with "to": nothing is sent to the endpoint whose health it would go by',
  },
];

/** @throws ValidationError with every rule that is broken */
export function refuseMisfits(asked: Asked): void {
  const faults = RULES.filter(({ isBroken }) => isBroken(asked)).map(({ loc, msg }): FieldFault => ({
    loc: ['body', ...loc],
    msg,
    type: 'value_error',
  }));
  if (faults.length > 0) throw new ValidationError(faults);
}

/** Whether nothing narrows it but the kind. */
export function selectsEverything({ select, toEndpointId }: Asked): boolean {
  const { everything: _, states: __, ...narrowing } = select;
  return toEndpointId == null && Object.values(narrowing).every((value) => value == null);
}
