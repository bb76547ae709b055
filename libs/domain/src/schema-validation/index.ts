export { PayloadSchema, type PayloadFault } from './payload-schema.js';
export { schemaFaults } from './schema-faults.js';
