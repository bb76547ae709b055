import { runProcess } from '@signpost/runtime';
import { readRoleNames } from './role-names.js';
import { rolesNamed } from './roles.js';

await runProcess(await rolesNamed(readRoleNames(process.env['SIGNPOST_ROLES'], 'SIGNPOST_ROLES')), process.env);
