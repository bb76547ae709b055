import type { IntakePlan } from '../load/intake.js';
import { SOURCE_TOPIC, type Stage } from '../stage/stage.js';

export const PAYLOAD_BYTES = 1_024;
const HTTP_CONNECTIONS = 32;
const HTTP_BATCH = 100;
const KAFKA_BATCH = 200;

export type WayIn = 'kafka' | 'http' | 'http-batch';

/** Requests that a producer keeps under way when it sends as fast as it can. */
export function sendersOf(way: WayIn): number {
  switch (way) {
    case 'kafka':
      return 4;
    case 'http':
      return HTTP_CONNECTIONS;
    case 'http-batch':
      return 4;
  }
}

export function wayIn(stage: Stage, way: WayIn, application: string): IntakePlan {
  const common = { application, payloadBytes: PAYLOAD_BYTES };
  const http = {
    kind: 'http',
    origin: stage.deployment.process('ingest').url,
    apiKey: stage.deployment.apiKey,
    connections: HTTP_CONNECTIONS,
  } as const;
  switch (way) {
    case 'kafka':
      return { ...common, kind: 'kafka', brokers: stage.kafka.brokers, topic: SOURCE_TOPIC, batch: KAFKA_BATCH };
    case 'http':
      return { ...common, ...http, batch: 1 };
    case 'http-batch':
      return { ...common, ...http, batch: HTTP_BATCH };
  }
}
