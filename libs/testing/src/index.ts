export * from './embedded/index.js';
export * from './fresh.js';
export * from './until.js';
