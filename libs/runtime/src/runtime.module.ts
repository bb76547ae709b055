import type { DynamicModule } from '@nestjs/common';
import { SecretBox } from '@signpost/domain';
import { Health, Log, Metrics } from '@signpost/observability';
import { loadRuntimeConfig, type RuntimeConfig } from './config.js';
import { Fatal } from './fatal.js';
import { perEnvironment } from './memoise.js';

/** Injection token of the process's RuntimeConfig. */
export const RUNTIME_CONFIG = Symbol('RuntimeConfig');

class RuntimeModule {}

/** What every process has: its settings, its log, metrics and health, the box that seals secrets. */
export const runtimeModule = perEnvironment((env): DynamicModule => {
  const config = loadRuntimeConfig(env);
  return {
    module: RuntimeModule,
    global: true,
    providers: [
      { provide: RUNTIME_CONFIG, useValue: config satisfies RuntimeConfig },
      { provide: Log, useValue: Log.create(config.logLevel, env['SIGNPOST_SERVICE'] ?? 'signpost') },
      { provide: Metrics, useValue: new Metrics() },
      { provide: Health, useValue: new Health() },
      { provide: Fatal, useValue: new Fatal() },
      { provide: SecretBox, useValue: new SecretBox(config.masterKey) },
    ],
    exports: [RUNTIME_CONFIG, Log, Metrics, Health, Fatal, SecretBox],
  };
});
