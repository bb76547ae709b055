import * as z from 'zod';
import { ACTOR_KINDS, CAPABILITIES, SCOPES } from '@signpost/domain';
import { ApplicationIn } from './applications.js';
import { Instant, isUnique, text, Uid, UNIQUE } from './names.js';

const HOUR_SECONDS = 3_600;
const WEEK_SECONDS = 7 * 24 * HOUR_SECONDS;
const MOST_FLAGS = 250;
const MOST_SESSIONS = 250;

const Scopes = z
  .array(z.enum(SCOPES))
  .min(1)
  .refine(isUnique, UNIQUE)
  .describe(
    'read: look; write: change applications, endpoints and event types; publish: create messages; ' +
      'ops: send again, manage keys, read the audit log.',
  );

export const ApiKeyIn = z.object({
  name: text(256).min(1).describe('What it is for: the audit log names it.'),
  scopes: Scopes.nullish().describe('Absent: those of the key that asks. Never more than those.'),
});

export const ApiKeyExpireIn = z.object({
  expiry: z
    .int()
    .min(0)
    .max(WEEK_SECONDS)
    .nullish()
    .describe('Seconds for which it goes on working, so that its successor can be rolled out; absent: it ends now.'),
});

export const ActorOut = z.object({
  type: z.enum(ACTOR_KINDS).describe('signpost: the service itself; command-line: a command of its operator.'),
  id: z.string().optional(),
  name: z.string().optional(),
});
export type ActorOut = z.output<typeof ActorOut>;

const Key = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string().describe('Its first characters, by which people tell keys apart.'),
  scopes: z.array(z.enum(SCOPES)),
  createdAt: Instant,
  expiresAt: Instant.nullable(),
});

export const ApiKeyOut = Key.extend({ token: z.string().describe('The key. It is shown this once, and not kept.') });
export type ApiKeyOut = z.output<typeof ApiKeyOut>;

export const ApiKeyCensoredOut = Key.extend({
  censoredToken: z.string(),
  createdBy: ActorOut.nullable(),
});
export type ApiKeyCensoredOut = z.output<typeof ApiKeyCensoredOut>;

const SessionId = text(256).min(1);

export const AppPortalAccessIn = z.object({
  application: ApplicationIn.nullish().describe('Made when the application in the path does not exist.'),
  featureFlags: z
    .array(Uid)
    .max(MOST_FLAGS)
    .refine(isUnique, UNIQUE)
    .default([])
    .describe('Event types with any of these flags are listed, beside those with none.'),
  capabilities: z
    .array(z.enum(CAPABILITIES))
    .refine(isUnique, UNIQUE)
    .nullish()
    .describe('Absent: all that the scopes of the key that asks cover. ViewBase is part of every token.'),
  readOnly: z.boolean().nullish().describe('True: ViewBase alone.'),
  expiry: z
    .int()
    .min(HOUR_SECONDS)
    .max(WEEK_SECONDS)
    .nullish()
    .describe('Seconds that the token is good for; absent: 7 days.'),
  sessionId: SessionId.nullish().describe('Names the tokens of one session, so that they can be ended together.'),
});

export const DEFAULT_PORTAL_EXPIRY_SECONDS = WEEK_SECONDS;

export const AppPortalAccessOut = z.object({
  url: z.string().describe('Where the portal opens with this token.'),
  token: z.string(),
});
export type AppPortalAccessOut = z.output<typeof AppPortalAccessOut>;

export const ApplicationTokenExpireIn = z.object({
  expiry: z
    .int()
    .min(0)
    .max(WEEK_SECONDS)
    .nullish()
    .describe('Seconds for which they go on working; absent: they end now.'),
  sessionIds: z
    .array(SessionId)
    .max(MOST_SESSIONS)
    .nullish()
    .describe('Only the tokens of these sessions; absent or empty: all.'),
});
