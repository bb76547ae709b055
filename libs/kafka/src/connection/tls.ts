import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { KafkaConfigurationError, type TlsFiles } from '../config.js';

export function tlsOptions({ ca, cert, key }: TlsFiles): ConnectionOptions {
  return {
    ...(ca === undefined ? {} : { ca: [readPem('KAFKA_TLS_CA_FILE', ca)] }),
    ...(cert === undefined ? {} : { cert: readPem('KAFKA_TLS_CERT_FILE', cert) }),
    ...(key === undefined ? {} : { key: readPem('KAFKA_TLS_KEY_FILE', key) }),
  };
}

function readPem(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new KafkaConfigurationError(`${variable}: ${file} cannot be read`, { variable, file }, error);
  }
}
