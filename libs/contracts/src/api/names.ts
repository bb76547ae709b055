import * as z from 'zod';
import {
  ASKED_TYPE_PATTERN,
  FOREIGN_ID_PATTERN,
  isAskedType,
  LONGEST_CHANNEL,
  LONGEST_NAME,
  NAME_PATTERN,
} from '@signpost/domain';

const NAME_RULE = 'letters, digits, "-", "_" and "." only';

export const Uid = z
  .string()
  .min(1)
  .max(LONGEST_NAME)
  .regex(NAME_PATTERN, { error: `may hold ${NAME_RULE}` });

/** An id of Signpost's or the owner's own uid, wherever one stands in a path. */
export const IdOrUid = Uid;

/** A message's id, or the producer's own id for its event. */
export const MessageIdOrEventId = z
  .string()
  .regex(FOREIGN_ID_PATTERN, { error: 'has 1 to 256 characters, none of them a control character' });

export const EventTypeName = z
  .string()
  .min(1)
  .max(LONGEST_NAME)
  .regex(NAME_PATTERN, { error: `an event type may hold ${NAME_RULE}` });

/** As an endpoint asks for it. */
export const AskedEventType = z
  .string()
  .min(1)
  .max(LONGEST_NAME)
  .regex(ASKED_TYPE_PATTERN, { error: `an event type may hold ${NAME_RULE}, and "*" for any run of them`, abort: true })
  .refine((asked) => asked.length > LONGEST_NAME || isAskedType(asked), { error: 'has more than 8 wildcards' });

export const Channel = z
  .string()
  .min(1)
  .max(LONGEST_CHANNEL)
  .regex(NAME_PATTERN, { error: `a channel may hold ${NAME_RULE}` });

/** Free text: no control characters (tab and line break apart), no half of a character. */
export const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => !CONTROL.test(value) && value.isWellFormed(), {
      error: 'holds a control character or half of a character',
    });

// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/;

const MOST_METADATA = 100;
export const Metadata = z
  .record(text(LONGEST_NAME).min(1), text(4_096))
  .refine((value) => Object.keys(value).length <= MOST_METADATA, {
    error: `has more than ${String(MOST_METADATA)} entries`,
  });

export const ThrottleRate = z.int().min(1).max(65_535).describe('Most messages a second.');

const MOST_EMAILS = 10;
export const NotifyEmails = z
  .array(z.email().max(254))
  .min(1)
  .max(MOST_EMAILS)
  .describe('Who is told by e-mail when an endpoint keeps failing, is switched off, and recovers.');

export const isUnique = (list: readonly unknown[]): boolean => new Set(list).size === list.length;
export const UNIQUE = { error: 'names the same twice' };
export const Instant = z.iso.datetime().describe('RFC 3339, UTC.');

// What is answered has four digits of the year: with others the time could not be told again in UTC.
const FIRST_MS = Date.parse('0001-01-01T00:00:00Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** A time as callers give it. */
export const TimeIn = z.iso
  .datetime({ offset: true, error: 'is no time of the form 2026-01-31T12:00:00Z' })
  .refine((value) => !(Date.parse(value) < FIRST_MS || Date.parse(value) > LAST_MS), {
    error: 'lies outside the years 0001 to 9999 in UTC',
  })
  .transform((value) => new Date(value));
