import { runProcess } from '@signpost/runtime';
import { retrySchedulerRole } from './retry-scheduler.role.js';

await runProcess([retrySchedulerRole], process.env);
