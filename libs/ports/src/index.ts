export * from './control-plane.js';
export * from './delivery-log.js';
export * from './event-ids.js';
export * from './idempotency-keys.js';
export * from './mailer.js';
export * from './records.js';
export * from './redelivery.js';
export * from './webhook-sender.js';
