import { join } from 'node:path';

/** The top folder of this repository. */
export const repositoryRoot = join(import.meta.dirname, '..', '..');
