export * from './dispatcher.config.js';
export * from './dispatcher.module.js';
export * from './dispatcher.role.js';
