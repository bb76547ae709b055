import { runProcess } from '@signpost/runtime';
import { ingestRole } from './ingest.role.js';

await runProcess([ingestRole], process.env);
