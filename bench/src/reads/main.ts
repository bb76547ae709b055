import { Pool } from 'undici';
import { serve } from '../child/remote.js';
import { Reader, type ReadPlan, type ReadResult } from './reader.js';

let reader: Reader | undefined;
let running: Promise<ReadResult> | undefined;
let pool: Pool | undefined;

const calls = {
  start: (plan: ReadPlan): void => {
    pool = new Pool(plan.origin, { connections: plan.connections, pipelining: 1 });
    reader = new Reader(pool, plan);
    running = reader.run();
    // Told by finish(); until then nobody listens.
    running.catch(() => undefined);
  },
  finish: async (): Promise<ReadResult> => {
    if (running === undefined) throw new Error('no reads were started');
    reader?.stop();
    try {
      return await running;
    } finally {
      await pool?.close();
      running = undefined;
    }
  },
};
export type ReadCalls = typeof calls;

serve(calls);
