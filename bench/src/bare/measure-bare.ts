import type { Props } from '../stage/stage.js';
import { nextRun } from '../stage/run-number.js';
import { PAYLOAD_BYTES } from '../scenarios/ways-in.js';

export interface BareSummary {
  readonly requestsPerSecond: number;
  readonly requestsPerCpuSecond: number;
  readonly cpuPer1000: number;
}

const PATH = '/bare';
const CONNECTIONS = 64;

/** Runs the bare loop once; throws unless every request of it arrived. */
export async function measureBare({ bare, receiver, ports }: Props, requests: number): Promise<BareSummary> {
  const run = nextRun();
  await receiver.ask.begin(run, { [PATH]: { kind: 'quick' } });
  const origin = `http://127.0.0.1:${String(ports.http)}`;
  const plan = { origin, path: PATH, run, requests, connections: CONNECTIONS, payloadBytes: PAYLOAD_BYTES };
  const result = await bare.ask.loop(plan);
  const { delivered } = await receiver.ask.arrivals();
  if (delivered !== requests) throw new Error(`the bare loop sent ${String(requests)}; ${String(delivered)} arrived`);
  return {
    requestsPerSecond: result.requests / result.seconds,
    requestsPerCpuSecond: result.requests / result.cpuSeconds,
    cpuPer1000: (result.cpuSeconds / result.requests) * 1_000,
  };
}
