import type { Home } from '../start/home.js';
import type { Narrator } from '../start/narrator.js';
import type { RunningRoles } from '../start/running-roles.js';
import type { ApiClient } from './client.js';
import type { Arrival, DemoReceiver } from './receiver.js';

/** What the demonstration and the check work with. */
export interface DemoContext {
  readonly home: Home;
  readonly narrator: Narrator;
  readonly api: ApiClient;
  readonly receiver: DemoReceiver;
  readonly masterKey: string;
  /** As they are now: processes are started again. */
  readonly roles: () => RunningRoles;
  /** Aborted when the start is asked to stop. */
  readonly signal: AbortSignal;
  readonly onArrival: (listener: (arrival: Arrival) => void) => void;
}
