import type { DynamicModule } from '@nestjs/common';
import { SecretBox } from '@signpost/domain';
import { Log, Metrics } from '@signpost/observability';
import { DatabaseUnavailableError, IdempotencyKeys, type KeyClaim } from '@signpost/ports';
import { IdempotentRequests } from './idempotent-requests.js';

class IdempotencyModule {}
const made = new WeakMap<object, DynamicModule>();
const WITHOUT = {};

/**
 * Exports IdempotentRequests; one module for each database, so that roles of one process share it. `postgres` exports
 * IdempotencyKeys; without a database no key can be checked, and the answers say so.
 */
export function idempotencyModule(postgres: DynamicModule | undefined): DynamicModule {
  const of = postgres ?? WITHOUT;
  const known = made.get(of);
  if (known !== undefined) return known;
  const module: DynamicModule = {
    module: IdempotencyModule,
    imports: postgres === undefined ? [] : [postgres],
    providers: [
      ...(postgres === undefined ? [{ provide: IdempotencyKeys, useClass: NoIdempotencyKeys }] : []),
      {
        provide: IdempotentRequests,
        inject: [IdempotencyKeys, SecretBox, Metrics, Log],
        useFactory: (keys: IdempotencyKeys, box: SecretBox, metrics: Metrics, log: Log) =>
          new IdempotentRequests(keys, box, metrics, log),
      },
    ],
    exports: [IdempotentRequests],
  };
  made.set(of, module);
  return module;
}

class NoIdempotencyKeys extends IdempotencyKeys {
  override claim(): Promise<KeyClaim> {
    return Promise.reject(new DatabaseUnavailableError('this process has no database'));
  }

  override answer(): Promise<void> {
    return Promise.resolve();
  }

  override free(): Promise<void> {
    return Promise.resolve();
  }
}
