export * from './health.js';
export * from './logger.js';
export * from './metrics/catalogue.js';
export type { MetricDefinition } from './metrics/definition.js';
export * from './metrics/consumer-metrics.js';
export * from './metrics/metrics.js';
