import { readSettings } from '@signpost/runtime';
import * as z from 'zod';

const MIB = 1_048_576;

const Settings = z.object({
  TRANSFORMATION_WORKERS: z.coerce.number().int().min(1).max(64).default(2),
  TRANSFORMATION_CPU_MS: z.coerce.number().int().min(5).max(10_000).default(100),
  TRANSFORMATION_MEMORY_MIB: z.coerce.number().int().min(16).max(256).default(16),
});

export interface TransformationConfig {
  /** Threads; the first transformation starts the first of them. */
  readonly workers: number;
  /** Of processor time, for one run. */
  readonly cpuMs: number;
  readonly memoryBytes: number;
}

/** @throws ConfigurationError naming every setting that is wrong */
export function loadTransformationConfig(env: NodeJS.ProcessEnv): TransformationConfig {
  const settings = readSettings('transformation', Settings, env);
  return {
    workers: settings.TRANSFORMATION_WORKERS,
    cpuMs: settings.TRANSFORMATION_CPU_MS,
    memoryBytes: settings.TRANSFORMATION_MEMORY_MIB * MIB,
  };
}
