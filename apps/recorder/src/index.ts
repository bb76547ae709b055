export * from './recorder.config.js';
export * from './recorder.module.js';
export * from './recorder.role.js';
