import { readSettings } from '@signpost/runtime';
import * as z from 'zod';

const Settings = z.object({
  MAIL_TO: z
    .string()
    .transform((list) => list.split(',').map((address) => address.trim()))
    .pipe(z.array(z.email({ error: 'is a list of e-mail addresses, separated by commas' })))
    .default([]),
});

export interface NotifierConfig {
  /** Who gets the mails about endpoints whose owner named nobody. */
  readonly operatorEmails: readonly string[];
}

/** @throws ConfigurationError naming every setting that is wrong */
export function loadNotifierConfig(env: NodeJS.ProcessEnv): NotifierConfig {
  return { operatorEmails: readSettings('notifier', Settings, env).MAIL_TO };
}
