export * from './mail.config.js';
export * from './mail.module.js';
export * from './smtp-mailer.js';
