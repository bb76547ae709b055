import { runProcess } from '@signpost/runtime';
import { apiRole } from './api.role.js';

await runProcess([apiRole], process.env);
