import * as z from 'zod';
import { CLIENT_AUTHENTICATIONS } from '@signpost/domain';
import { text } from './names.js';

const LONGEST_CREDENTIAL = 4_096;
const VISIBLE = /^[\x21-\x7e]+$/;

const credential = text(LONGEST_CREDENTIAL).min(1);
/** RFC 7617 §2: the first colon ends the name. */
const Username = text(256)
  .min(1)
  .refine((value) => !value.includes(':'), { error: 'holds a colon, which would end the name' });
const Token = credential.regex(VISIBLE, { error: 'holds something other than visible ASCII characters' });

const tokenServer = {
  tokenUrl: text(4_096)
    .min(1)
    .describe('Where a token is asked for with the client credentials grant (RFC 6749 §4.4).'),
  clientId: credential,
  scope: text(1_024).min(1).nullish(),
  audience: text(1_024).min(1).nullish(),
};
const ClientAuthentication = z
  .enum(CLIENT_AUTHENTICATIONS)
  .describe('Where the client secret goes: the Authorization header (basic) or the form (body).');

/** Which header may carry a key is checked further on. */
export const Authentication = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('none') }),
    z.object({ type: z.literal('basic'), username: Username, password: credential }),
    z.object({ type: z.literal('bearer'), token: Token }),
    z.object({ type: z.literal('header'), name: z.string().min(1).max(256), value: credential }),
    z.object({
      type: z.literal('oauth2'),
      ...tokenServer,
      clientSecret: credential,
      clientAuthentication: ClientAuthentication.default('basic'),
    }),
  ])
  .describe('How Signpost shows the receiver who calls, beside the signature. What is secret is never given back.');

export const AuthenticationOut = z.discriminatedUnion('type', [
  z.object({ type: z.literal('basic'), username: z.string() }),
  z.object({ type: z.literal('bearer') }),
  z.object({ type: z.literal('header'), name: z.string() }),
  z.object({
    type: z.literal('oauth2'),
    tokenUrl: z.string(),
    clientId: z.string(),
    scope: z.string().optional(),
    audience: z.string().optional(),
    clientAuthentication: ClientAuthentication,
  }),
]);
export type AuthenticationOut = z.output<typeof AuthenticationOut>;
