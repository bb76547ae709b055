import type { TransformationFault } from '@signpost/domain';

/** The same for every job of a worker. */
export interface SandboxLimits {
  readonly cpuMs: number;
  readonly memoryBytes: number;
  readonly bodyBytes: number;
}

/** What a worker is told to do: one job at a time. */
export interface SandboxJob {
  readonly code: string;
  /** Undefined: only whether it can be run. */
  readonly input?: {
    readonly url: string;
    readonly eventType: string;
    readonly payload: Uint8Array;
  };
  readonly atMs: number;
  /** Its console and its use of memory are asked for. */
  readonly observed: boolean;
}

export interface SandboxAnswer {
  readonly result:
    | { readonly kind: 'ready' }
    /**
     * What handler returned: JSON in the form of the domain's Returned, but for its body. Bounded: whoever reads it does
     * so on the event loop.
     */
    | { readonly kind: 'returned'; readonly json: string; readonly body?: string }
    | TransformationFault;
  readonly console: readonly string[];
  readonly cpuMs: number;
  readonly memoryBytes?: number;
}

/** What a worker says: that it can take its first job, and what became of each. `threadMs`: processor time of its thread so far. */
export type SandboxMessage =
  | { readonly kind: 'started'; readonly threadMs: number }
  | { readonly kind: 'answer'; readonly answer: SandboxAnswer; readonly threadMs: number };
