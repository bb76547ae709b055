export * from './api.module.js';
export * from './api.role.js';
export { ApiReference } from './reference/api-reference.js';
export { asyncDocument } from './reference/async-document.js';
