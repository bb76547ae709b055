export * from './collector.js';
export type { CollectedSpan } from './spans.js';
