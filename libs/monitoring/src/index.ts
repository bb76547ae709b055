export { DASHBOARDS, dashboard, dashboardJson } from './dashboards/build.js';
export type * from './dashboards/definition.js';
export { lowestIdAt } from './dashboards/sql.js';
export { VARIABLE_QUERIES } from './dashboards/variables.js';
export * from './promql/check-query.js';
export * from './promql/compared-parts.js';
export * from './promql/known-series.js';
export * from './promql/series.js';
