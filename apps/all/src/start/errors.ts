import { AppError } from '@signpost/domain';

/** Why `npm start` cannot do what it was asked. The message is one sentence for the person at the terminal and says the remedy. */
export class StartError extends AppError {
  constructor(
    readonly code: 'flags_invalid' | 'already_running' | 'role_not_started' | 'service_lost' | 'setting_missing',
    sentence: string,
    cause?: unknown,
  ) {
    super(sentence, {}, cause);
  }
}
