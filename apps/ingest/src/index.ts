export * from './ingest.config.js';
export * from './ingest.module.js';
export * from './ingest.role.js';
