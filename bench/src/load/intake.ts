import type { Stamp } from '../wire/payload.js';

/** A way into Signpost, as a producer uses it. */
export interface Intake {
  /** Most events that one request takes. */
  readonly most: number;
  /** Resolves once all are acknowledged; rejects, saying why, when any is not. */
  send(stamps: readonly Stamp[]): Promise<void>;
  close(): Promise<void>;
}

export type IntakePlan =
  | {
      readonly kind: 'http';
      /** Of ingest, without a path. */
      readonly origin: string;
      readonly apiKey: string;
      readonly application: string;
      readonly connections: number;
      /** 1: one event a request. */
      readonly batch: number;
      readonly payloadBytes: number;
    }
  | {
      readonly kind: 'kafka';
      readonly brokers: readonly string[];
      readonly topic: string;
      readonly application: string;
      /** Where given, events go to these in turn, by their sequence number. */
      readonly applications?: readonly string[];
      readonly batch: number;
      readonly payloadBytes: number;
    };
