import { runProcess } from '@signpost/runtime';
import { recorderRole } from './recorder.role.js';

await runProcess([recorderRole], process.env);
