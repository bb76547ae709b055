import { join } from 'node:path';

/** The top folder of this repository. */
export const projectRoot = join(import.meta.dirname, '..', '..', '..', '..');
