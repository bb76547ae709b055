export * from './collector/index.js';
export * from './embedded/index.js';
export * from './fresh.js';
export * from './make-topics.js';
export * from './until.js';
export * from './deployment/deployment.js';
export * from './deployment/role-process.js';
export * from './receiver/index.js';
