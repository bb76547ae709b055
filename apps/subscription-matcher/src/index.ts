export * from './matcher.module.js';
export * from './matcher.role.js';
