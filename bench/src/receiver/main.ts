import { serve } from '../child/remote.js';
import { Receiver, type Arrivals, type ReceiverPorts, type ReceiverStats } from './receiver.js';
import type { Behaviour } from './behaviour.js';
import type { PathStats } from './path-account.js';

const receiver = new Receiver();

const calls = {
  listen: (): Promise<ReceiverPorts> => receiver.listen(),
  begin: (run: number, paths: Readonly<Record<string, Behaviour>>): void => receiver.begin(run, paths),
  behave: (path: string, behaviour: Behaviour): void => receiver.behave(path, behaviour),
  arrivals: (): Arrivals => receiver.arrivals(),
  forgetTimes: (): void => receiver.forgetTimes(),
  stats: (): ReceiverStats => receiver.stats(),
  total: (): PathStats => receiver.total(),
  missing: (path: string, count: number): readonly number[] => receiver.missing(path, count),
};
export type ReceiverCalls = typeof calls;

serve(calls);
