import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import { Mailer } from '@signpost/ports';
import { perEnvironment } from '@signpost/runtime';
import { loadMailConfig } from './mail.config.js';
import { SmtpMailer } from './smtp-mailer.js';

class MailModule {}

class ClosingMailer extends SmtpMailer implements OnApplicationShutdown {
  onApplicationShutdown(): void {
    this.close();
  }
}

/** A Mailer, one for an environment. No connection is opened before the first mail. */
export const mailModule = perEnvironment((env): DynamicModule => {
  const config = loadMailConfig(env);
  return {
    module: MailModule,
    providers: [{ provide: Mailer, useFactory: () => new ClosingMailer(config) }],
    exports: [Mailer],
  };
});
