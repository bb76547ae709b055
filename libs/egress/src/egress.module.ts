import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import { AddressPolicy, SecretBox } from '@signpost/domain';
import { OptionsSender, UrlPolicy, WebhookSender } from '@signpost/ports';
import { perEnvironment } from '@signpost/runtime';
import { resolverOf } from './connect/resolve.js';
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
 * A WebhookSender, which is the OptionsSender too, a UrlPolicy and their settings (EGRESS_CONFIG), one of each for an environment. No connection
 * is opened before the first attempt, so a process may take the UrlPolicy alone.
 */
export const egressModule = perEnvironment((env): DynamicModule => {
  const config = loadEgressConfig(env);
  return {
    module: EgressModule,
    providers: [
      { provide: EGRESS_CONFIG, useValue: config },
      { provide: UrlPolicy, useFactory: () => new GuardedUrlPolicy(new AddressPolicy(config), resolverOf(config)) },
      {
        provide: WebhookSender,
        inject: [{ token: SecretBox, optional: true }],
        useFactory: (secretBox?: SecretBox) => new ClosingSender(config, secretBox === undefined ? {} : { secretBox }),
      },
      { provide: OptionsSender, useExisting: WebhookSender },
    ],
    exports: [EGRESS_CONFIG, UrlPolicy, OptionsSender, WebhookSender],
  };
});
