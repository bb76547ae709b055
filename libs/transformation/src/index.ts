export * from './transformation.config.js';
export * from './transformation.module.js';
export * from './worker-transformer.js';
