export * from './promql/series.js';
