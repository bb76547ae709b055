import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import { AddressPolicy } from '@signpost/domain';
import { UrlPolicy, WebhookSender } from '@signpost/ports';
import { perEnvironment } from '@signpost/runtime';
import { loadEgressConfig } from './egress.config.js';
import { GuardedUrlPolicy } from './guarded-url-policy.js';
import { UndiciWebhookSender } from './undici-webhook-sender.js';

/** Injection token of the process's EgressConfig. */
export const EGRESS_CONFIG = Symbol('EgressConfig');

class EgressModule {}

class ClosingSender extends UndiciWebhookSender implements OnApplicationShutdown {
  onApplicationShutdown(): void {
    this.close();
  }
}

/**
 * A WebhookSender, a UrlPolicy and their settings (EGRESS_CONFIG), one of each for an environment. No connection
 * is opened before the first attempt, so a process may take the UrlPolicy alone.
 */
export const egressModule = perEnvironment((env): DynamicModule => {
  const config = loadEgressConfig(env);
  return {
    module: EgressModule,
    providers: [
      { provide: EGRESS_CONFIG, useValue: config },
      { provide: UrlPolicy, useFactory: () => new GuardedUrlPolicy(new AddressPolicy(config)) },
      { provide: WebhookSender, useFactory: () => new ClosingSender(config) },
    ],
    exports: [EGRESS_CONFIG, UrlPolicy, WebhookSender],
  };
});
