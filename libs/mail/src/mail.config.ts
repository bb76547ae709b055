import { readSettings } from '@signpost/runtime';
import * as z from 'zod';

const Settings = z
  .object({
    SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'is smtp://user:password@host:port, or smtps: for TLS' }).optional(),
    MAIL_FROM: z.email().optional(),
  })
  .refine(({ SMTP_URL, MAIL_FROM }) => SMTP_URL === undefined || MAIL_FROM !== undefined, {
    path: ['MAIL_FROM'],
    error: 'is needed with SMTP_URL: the address that mails come from',
  });

export interface MailConfig {
  /** Undefined: no mail is sent. */
  readonly server?: { readonly url: string; readonly from: string };
}

/** @throws ConfigurationError naming every setting that is wrong */
export function loadMailConfig(env: NodeJS.ProcessEnv): MailConfig {
  const { SMTP_URL: url, MAIL_FROM: from } = readSettings('mail', Settings, env);
  return url === undefined || from === undefined ? {} : { server: { url, from } };
}
