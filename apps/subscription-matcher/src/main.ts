import { runProcess } from '@signpost/runtime';
import { matcherRole } from './matcher.role.js';

await runProcess([matcherRole], process.env);
