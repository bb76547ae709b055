import { createTransport, type Transporter } from 'nodemailer';
import { Mailer, MailRefusedError, type Mail } from '@signpost/ports';
import type { MailConfig } from './mail.config.js';

const CONNECT_WITHIN_MS = 10_000;
const SILENT_FOR_MS = 30_000;

/** Mails by SMTP, over two connections at most. */
export class SmtpMailer extends Mailer {
  private readonly transport: Transporter | undefined;

  constructor(private readonly config: MailConfig) {
    super();
    if (config.server === undefined) return;
    this.transport = createTransport({
      url: config.server.url,
      pool: true,
      maxConnections: 2,
      connectionTimeout: CONNECT_WITHIN_MS,
      greetingTimeout: CONNECT_WITHIN_MS,
      socketTimeout: SILENT_FOR_MS,
      // A mail is text: nothing in it may make this process read a file or call a URL.
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  override get isConfigured(): boolean {
    return this.transport !== undefined;
  }

  override async send({ messageId, to, subject, text }: Mail): Promise<void> {
    const from = this.config.server?.from;
    if (this.transport === undefined || from === undefined) throw new MailRefusedError('no mail server is configured');
    try {
      await this.transport.sendMail({
        from,
        // As addresses, not as text: then nothing in one can name a second.
        to: to.map((address) => ({ name: '', address })),
        subject,
        text,
        messageId: `<${messageId}>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
    } catch (error) {
      if (isRefusal(error)) throw new MailRefusedError(`the mail server refused it: ${error.message}`, {}, error);
      throw error;
    }
  }

  close(): void {
    this.transport?.close();
  }
}

/** A 5xx to a recipient or to the content. One to our login or to our sender is the operator's to mend: it may pass. */
function isRefusal(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { code, command, responseCode } = error as Partial<Record<'code' | 'command' | 'responseCode', unknown>>;
  return (
    (code === 'EENVELOPE' || code === 'EMESSAGE') &&
    command !== 'MAIL FROM' &&
    typeof responseCode === 'number' &&
    responseCode >= 500
  );
}
