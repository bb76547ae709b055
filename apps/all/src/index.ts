export * from './role-names.js';
export * from './roles.js';
