export * from './applications.js';
export * from './endpoint-security.js';
export * from './endpoints.js';
export * from './errors.js';
export * from './event-types.js';
export * from './lists.js';
export * from './messages.js';
export { EventTypeName, IdOrUid, MessageIdOrEventId } from './names.js';
