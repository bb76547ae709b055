export * from './health.js';
export * from './logger.js';
export { BACKLOG_METRICS } from './metrics/backlog-metrics.js';
export * from './metrics/catalogue.js';
export type { MetricDefinition, Unit } from './metrics/definition.js';
export { GROUPS, type ConsumerGroupName } from './metrics/groups.js';
export { STAGES } from './metrics/stage-metrics.js';
export * from './metrics/consumer-metrics.js';
export * from './metrics/metrics.js';
