import { AppError } from '@signpost/domain';

export type EmbeddedServiceProblem =
  | 'java_missing'
  | 'java_too_old'
  | 'maven_missing'
  | 'kafka_jars_unresolved'
  | 'kafka_not_started'
  | 'postgres_binaries_missing'
  | 'postgres_needs_non_root'
  | 'postgres_not_started'
  | 'port_taken'
  | 'memory_short';

/** An embedded service cannot run here. The message is one sentence for the person at the terminal and says the remedy. */
export class EmbeddedServiceError extends AppError {
  constructor(
    readonly code: EmbeddedServiceProblem,
    sentence: string,
    details: Record<string, unknown> = {},
    cause?: unknown,
  ) {
    super(sentence, details, cause);
  }
}
