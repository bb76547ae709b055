import { command } from '../../specification/command.js';

export const DOCTOR = command({
  name: 'doctor',
  summary: 'Look whether everything is in order: address, key and its scopes, clocks, versions.',
  description:
    'For operators also Kafka and PostgreSQL, where KAFKA_BROKERS and DATABASE_URL are set. Changes nothing. Exit code 0: all is well; 7: something is not.',
  load: async () => (await import('./doctor.js')).doctor,
});
