import type { INestApplicationContext } from '@nestjs/common';
import { Health, Log, Metrics, type HealthCheck } from '@signpost/observability';
import { CertificateEnds } from './certificate-ends.js';

/** What of the Kafka adapter a role prepares: by shape, since no role of the runtime may know an adapter. */
export interface KafkaClientParts {
  readonly connection: {
    ensureTopics(): Promise<void>;
    /** PEM of what this process shows to Kafka; undefined: nothing. */
    readonly certificate: string | undefined;
    logTo(listener: (entry: KafkaClientWord) => void): void;
  };
  readonly sink: { observe(observer: { resent(records: number): void }): void };
  readonly check: HealthCheck;
}

interface KafkaClientWord {
  readonly level: 'debug' | 'info' | 'warn';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Lets the client's words, resends and health be seen, and creates the topics that are missing. Safe to repeat. */
export async function prepareKafka(app: INestApplicationContext, parts: KafkaClientParts): Promise<void> {
  const log = app.get(Log);
  const metrics = app.get(Metrics);
  const { producerResends } = metrics.of;
  CertificateEnds.of(metrics).hold('kafka', 'own', parts.connection.certificate);
  parts.connection.logTo(({ level, message, fields }) => {
    log[level](message, fields);
  });
  parts.sink.observe({
    resent: (records) => {
      producerResends.add(records);
    },
  });
  app.get(Health).addReadiness('kafka', parts.check);
  await parts.connection.ensureTopics();
}
