import { readSettings } from '@signpost/runtime';
import * as z from 'zod';

const Settings = z.object({
  MATCHER_REPEAT_WINDOW_SECONDS: z.coerce.number().int().min(0).max(86_400).default(3_600),
  MATCHER_REPEAT_WINDOW_IDS: z.coerce.number().int().min(1).max(16_777_216).default(2_000_000),
});

export interface MatcherConfig {
  /** Milliseconds within which a repeated event is known; 0: none is. */
  readonly repeatWindowMs: number;
  /** Records of one partition that are remembered for it, at most. */
  readonly repeatWindowIds: number;
}

/** @throws ConfigurationError naming every setting that is wrong */
export function loadMatcherConfig(env: NodeJS.ProcessEnv): MatcherConfig {
  const settings = readSettings('subscription-matcher', Settings, env);
  return {
    repeatWindowMs: settings.MATCHER_REPEAT_WINDOW_SECONDS * 1_000,
    repeatWindowIds: settings.MATCHER_REPEAT_WINDOW_IDS,
  };
}
