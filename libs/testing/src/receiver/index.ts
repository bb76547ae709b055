export * from './certificates.js';
export * from './scripted-receiver.js';
export * from './step.js';
