import type { DynamicModule } from '@nestjs/common';
import { SecretBox } from '@signpost/domain';
import { Health, Log, makeTracing, Metrics, Tracing } from '@signpost/observability';
import { AuthenticationFailures } from './access/authentication-failures.js';
import { loadRuntimeConfig, type RuntimeConfig } from './config.js';
import { Fatal } from './fatal.js';
import { perEnvironment } from './memoise.js';
import { loadTracingOptions } from './tracing.config.js';

/** Injection token of the process's RuntimeConfig. */
export const RUNTIME_CONFIG = Symbol('RuntimeConfig');

class RuntimeModule {}

/** What every process has: its settings, its log, metrics and health, the box that seals secrets. */
export const runtimeOf = perEnvironment((env) => {
  const config = loadRuntimeConfig(env);
  const log = Log.create(config.logLevel, env['SIGNPOST_SERVICE'] ?? 'signpost', config.logFile);
  const traces = loadTracingOptions(env);
  const metrics = new Metrics({ processMetrics: true, exemplars: traces !== undefined });
  return {
    config,
    log,
    metrics,
    tracing: makeTracing(traces, metrics, log),
    authenticationFailures: new AuthenticationFailures(config, metrics),
    health: new Health(),
    fatal: new Fatal(),
    secretBox: new SecretBox(config.masterKey),
  };
});

export const runtimeModule = perEnvironment((env): DynamicModule => {
  const { config, log, metrics, tracing, health, fatal, secretBox, authenticationFailures } = runtimeOf(env);
  return {
    module: RuntimeModule,
    global: true,
    providers: [
      { provide: RUNTIME_CONFIG, useValue: config satisfies RuntimeConfig },
      { provide: Log, useValue: log },
      { provide: Metrics, useValue: metrics },
      { provide: Tracing, useValue: tracing },
      { provide: Health, useValue: health },
      { provide: Fatal, useValue: fatal },
      { provide: SecretBox, useValue: secretBox },
      { provide: AuthenticationFailures, useValue: authenticationFailures },
    ],
    exports: [RUNTIME_CONFIG, Log, Metrics, Tracing, Health, Fatal, SecretBox, AuthenticationFailures],
  };
});
