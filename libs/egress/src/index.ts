export * from './attempt/network-code.js';
export * from './connect/resolve.js';
export * from './egress.config.js';
export * from './egress.module.js';
export * from './guarded-url-policy.js';
export * from './undici-webhook-sender.js';
