import type { ApplicationId, TransformationFault, TransformationOutcome } from '@signpost/domain';

/** What a transformation is given: the request as it would be without it. */
export interface TransformationInput {
  readonly url: string;
  readonly eventType: string;
  readonly payload: Buffer;
  /** What its clock shows, in milliseconds since 1970: the same at every try. */
  readonly atMs: number;
}

export interface TransformationRun {
  /** Whose share of the workers it takes. */
  readonly applicationId: ApplicationId;
  readonly code: string;
  readonly input: TransformationInput;
}

/** A run with what its author wants to know of it. */
export interface ObservedRun {
  readonly outcome: TransformationOutcome;
  /** Lines, bounded in number and length. */
  readonly console: readonly string[];
  /** Of the processor; what it waited for its turn is not in it. */
  readonly cpuMs: number;
  /** Bytes that it held at its end; undefined where it did not come to one. */
  readonly memoryBytes?: number;
}

/**
 * Runs customers' code where it can do no harm: without input, output or a clock, within bounds of time and memory, and
 * never on the event loop. The same code makes the same of the same input. Applications share the workers by the time
 * that they use them for. Never rejects: whatever the code does is an outcome.
 */
export abstract class Transformer {
  abstract run(run: TransformationRun): Promise<TransformationOutcome>;
  /** The same, with what it wrote to its console and what it used. */
  abstract observe(run: TransformationRun): Promise<ObservedRun>;
  /** Whether the code is one that can be run at all. */
  abstract check(run: Pick<TransformationRun, 'applicationId' | 'code'>): Promise<TransformationFault | undefined>;
}
