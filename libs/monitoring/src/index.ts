export * from './promql/check-query.js';
export * from './promql/series.js';
