export * from './retry-scheduler.config.js';
export * from './retry-scheduler.module.js';
export * from './retry-scheduler.role.js';
