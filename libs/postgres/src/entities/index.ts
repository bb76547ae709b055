export * from './account.entity.js';
export * from './application.entity.js';
export * from './endpoint.entity.js';
export * from './event-type.entity.js';
export * from './outbox.entity.js';
