import { runProcess } from '@signpost/runtime';
import { dispatcherRole } from './dispatcher.role.js';

await runProcess([dispatcherRole], process.env);
