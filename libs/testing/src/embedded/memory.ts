import { EmbeddedServiceError } from './errors.js';

const MEBIBYTE = 1024 * 1024;

/** Throws `memory_short` when this process may use less than `neededMb` more (a container's limit counts). */
export function ensureMemory(neededMb: number, availableBytes: number = process.availableMemory()): void {
  const availableMb = Math.floor(availableBytes / MEBIBYTE);
  if (availableMb >= neededMb) return;
  throw new EmbeddedServiceError(
    'memory_short',
    `only ${String(availableMb)} MB of memory are free and the embedded Kafka and PostgreSQL need ${String(neededMb)} MB: ` +
      'close other programs or raise the limit, or point KAFKA_BROKERS and DATABASE_URL at services that run elsewhere',
    { availableMb, neededMb },
  );
}
