import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';

/** A mail server that keeps what it is given, and may be told to take nothing. */
export class MailCatcher {
  readonly mails: ParsedMail[] = [];
  /** How it answers the next recipients: an SMTP status, 250 to take them. */
  answer = 250;
  refused = 0;
  private server: SMTPServer | undefined;
  private port = 0;

  static async start(): Promise<MailCatcher> {
    const catcher = new MailCatcher();
    await catcher.listen();
    return catcher;
  }

  get url(): string {
    return `smtp://127.0.0.1:${String(this.port)}`;
  }

  /** On the port that it had before, if it was stopped. */
  async listen(): Promise<void> {
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onRcptTo: (_address, _session, done) => {
        if (this.answer === 250) {
          done();
          return;
        }
        this.refused += 1;
        done(Object.assign(new Error('not now'), { responseCode: this.answer }));
      },
      onData: (stream, _session, done) => {
        simpleParser(stream).then((mail) => {
          this.mails.push(mail);
          done();
        }, done);
      },
    });
    server.on('error', () => undefined);
    server.listen(this.port, '127.0.0.1');
    await once(server.server, 'listening');
    this.port = (server.server.address() as AddressInfo).port;
    this.server = server;
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server === undefined) return;
    await new Promise<void>((resolve) => {
      server.close(resolve);
    });
  }

  to(address: string): readonly ParsedMail[] {
    return this.mails.filter(({ to }) => JSON.stringify(to ?? '').includes(address));
  }
}
