import { Pool } from 'undici';
import { newId, parseSigningKey, newSymmetricSecret, webhookHeaders } from '@signpost/domain';
import { serve } from '../child/remote.js';
import { nowMicros } from '../measure/clock.js';
import { payloadTemplate, stampPayload } from '../wire/payload.js';
import { post } from '../wire/post.js';

export interface BarePlan {
  readonly origin: string;
  readonly path: string;
  readonly run: number;
  readonly requests: number;
  readonly connections: number;
  readonly payloadBytes: number;
}

export interface BareResult {
  readonly requests: number;
  readonly seconds: number;
  /** Of this process alone. */
  readonly cpuSeconds: number;
}

const keys = [parseSigningKey(newSymmetricSecret())];
const ids = Array.from({ length: 1_000 }, () => newId('msg', Date.now()));
let pool: Pool | undefined;

/** What this machine allows: sign and POST, nothing else, as many at a time as there are connections. */
async function loop(plan: BarePlan): Promise<BareResult> {
  // Kept between measurements, warm code and open connections being what is measured.
  pool ??= new Pool(plan.origin, { connections: plan.connections, pipelining: 1 });
  const cpuBefore = process.cpuUsage();
  const start = nowMicros();
  let next = 0;
  const send = async (through: Pool) => {
    const body = payloadTemplate(plan.payloadBytes);
    while (next < plan.requests) {
      const sequence = next++;
      const id = ids[sequence % ids.length];
      if (id === undefined) return;
      stampPayload(body, 0, { atMicros: nowMicros(), run: plan.run, sequence });
      const headers = { 'content-type': 'application/json', ...webhookHeaders(id, new Date(), body, keys) };
      const { status } = await post(through, { path: plan.path, headers, body });
      if (status !== 200) throw new Error(`the receiver answered ${String(status)}`);
    }
  };
  const through = pool;
  await Promise.all(Array.from({ length: plan.connections }, () => send(through)));
  const cpu = process.cpuUsage(cpuBefore);
  return {
    requests: plan.requests,
    seconds: (nowMicros() - start) / 1_000_000,
    cpuSeconds: (cpu.user + cpu.system) / 1_000_000,
  };
}

const calls = { loop };
export type BareCalls = typeof calls;

serve(calls);
