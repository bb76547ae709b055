import type { Flags } from '../flags.js';
import type { DeliveryLogView } from '../stage/delivery-log.js';
import type { Stage } from '../stage/stage.js';
import type { Summary } from './summary.js';

export interface Bench {
  readonly stage: Stage;
  readonly log: DeliveryLogView;
  readonly flags: Flags;
  /** Shows how far it has come. */
  readonly tell: (progress: string) => void;
}

/** One thing to measure. All turns of all scenarios come round once in each round. */
export interface Turn {
  /** Unique over all scenarios. */
  readonly name: string;
  run(): Promise<Summary>;
}

export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** Takes minutes or much memory: not part of the short form unless it is named. */
  readonly long?: true;
  /** Rounds of its own; others have as many as the flags say. */
  readonly rounds?: (flags: Flags) => number;
  /** Makes what it needs, once; names its turns. */
  prepare(bench: Bench): Promise<readonly Turn[]>;
}
