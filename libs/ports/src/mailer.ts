import { AppError } from '@signpost/domain';

/** A mail in plain text. */
export interface Mail {
  /** Without its angle brackets. The same mail has the same id however often it is sent, so that a reader sees one. */
  readonly messageId: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

/** The server will not take this mail, today or tomorrow: its address is wrong, or its content is refused. */
export class MailRefusedError extends AppError {
  readonly code = 'mail_refused';
}

export abstract class Mailer {
  /** False where the operator has named no mail server: then nothing may be sent. */
  abstract readonly isConfigured: boolean;
  /**
   * Resolves once the server has taken it, for one recipient at least.
   * @throws MailRefusedError when trying the same again is in vain; anything else may pass
   */
  abstract send(mail: Mail): Promise<void>;
}
