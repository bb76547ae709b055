import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import { AddressPolicy, SecretBox } from '@signpost/domain';
import { Metrics } from '@signpost/observability';
import { OptionsSender, UrlPolicy, WebhookSender } from '@signpost/ports';
import { perEnvironment } from '@signpost/runtime';
import { resolverOf } from './connect/resolve.js';
import { loadEgressConfig, type EgressConfig } from './egress.config.js';
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
        inject: [
          { token: SecretBox, optional: true },
          { token: Metrics, optional: true },
        ],
        useFactory: (secretBox?: SecretBox, metrics?: Metrics) => {
          const sender = new ClosingSender(config, secretBox === undefined ? {} : { secretBox });
          if (metrics !== undefined) showConnections(sender, config, metrics);
          return sender;
        },
      },
      { provide: OptionsSender, useExisting: WebhookSender },
    ],
    exports: [EGRESS_CONFIG, UrlPolicy, OptionsSender, WebhookSender],
  };
});

function showConnections(sender: UndiciWebhookSender, { maxSockets }: EgressConfig, { of }: Metrics): void {
  of.sockets.onScrape(() => sender.status().open - sender.status().idle, { state: 'busy' });
  of.sockets.onScrape(() => sender.status().idle, { state: 'idle' });
  of.socketsLimit.set(maxSockets);
  of.socketsAwaited.onScrape(() => sender.status().waiting);
}
