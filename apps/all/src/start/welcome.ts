import { DEMO_APPLICATION } from '../demo/tenant.js';
import { ALL_ROLES } from '../role-names.js';
import type { StartFlags } from './flags.js';
import type { Home } from './home.js';
import type { RunningRoles } from './running-roles.js';

/** Where to look, and a first request that works. */
export function welcome(roles: RunningRoles, apiKey: string, flags: StartFlags, home: Home): string {
  const metrics = [...new Set(roles.processes.map(({ metricsUrl }) => metricsUrl))];
  const has = (role: string): boolean => roles.processes.some((process) => process.role === role);
  const lines = [
    '',
    `  API       ${roles.origin}/api/v1`,
    ...(has('api') ? [`  docs      ${roles.origin}/docs`] : []),
    `  metrics   ${metrics.join('\n            ')}`,
    `  API key   ${apiKey}`,
    `  data      ${home.folder} (logs in logs/, facts for scripts in running.json)`,
    '',
    '  Try:',
    indent(curl(roles.origin, apiKey, flags, has)),
    '',
    '  Ctrl-C stops everything and loses nothing.',
    '',
  ];
  return lines.join('\n');
}

function curl(origin: string, apiKey: string, flags: StartFlags, has: (role: string) => boolean): string {
  const key = `-H 'Authorization: Bearer ${apiKey}'`;
  const json = "-H 'Content-Type: application/json'";
  if (flags.demo && flags.roles.length === ALL_ROLES.length) {
    const body = JSON.stringify({
      eventType: 'message.received',
      payload: { type: 'message.received', timestamp: '2026-01-01T00:00:00Z', data: { text: 'Hello!' } },
    });
    return `curl -i ${origin}/api/v1/app/${DEMO_APPLICATION}/msg ${key} ${json} -d '${body}'`;
  }
  if (has('api')) return `curl -i ${origin}/api/v1/app ${key} ${json} -d '{"name":"My first application"}'`;
  return `curl -i ${origin}/health/ready`;
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}
