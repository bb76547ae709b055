export * from './api.module.js';
export * from './api.role.js';
