import { readSettings } from '@signpost/runtime';
import * as z from 'zod';

const Settings = z.object({
  PORTAL_URL: z
    .url({ protocol: /^https?$/, error: 'is no http: or https: URL, such as https://webhooks.example.com/portal' })
    .default('http://localhost:8080/portal'),
});

/** Injection token of the process's PortalConfig. */
export const PORTAL_CONFIG = Symbol('PortalConfig');

export interface PortalConfig {
  /** Where the portal's pages lie, without a slash at the end. */
  readonly url: string;
}

/** @throws ConfigurationError */
export function loadPortalConfig(env: NodeJS.ProcessEnv): PortalConfig {
  return { url: readSettings('portal', Settings, env).PORTAL_URL.replace(/\/+$/, '') };
}
