import type { Span } from './span.js';

/** Where spans go. Its users ask `isOn` first: off, a trace costs that one branch and nothing else. */
export abstract class Tracing {
  abstract readonly isOn: boolean;
  /** Whether a trace that begins now is one of those that are recorded from their beginning. */
  abstract samples(): boolean;
  /** Never waits and never fails: what finds no room is dropped and counted. */
  abstract record(span: Span): void;
  /** Hands over what is left, for that long at most. */
  abstract close(withinMs: number): Promise<void>;
}

export class NoTracing extends Tracing {
  override readonly isOn = false;

  override samples(): boolean {
    return false;
  }

  override record(): void {
    // Nobody listens.
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }
}
