import type { KafkaConnection } from './connection/kafka-connection.js';

/** A readiness check: resolves while a broker answers within `withinMs`, rejects with what is wrong otherwise. */
export function kafkaHealth(connection: KafkaConnection, withinMs = 1_500): () => Promise<void> {
  return () => connection.probe(withinMs);
}
