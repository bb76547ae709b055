export * from './errors.js';
export * from './free-port.js';
export * from './memory.js';
export * from './kafka/jars.js';
export * from './kafka/start-kafka.js';
export * from './postgres/databases.js';
export * from './postgres/start-postgres.js';
export * from './service-process.js';
