import { CliError, FindingError } from '../../errors.js';
import type { Context } from '../../context.js';
import type { Colour } from '../../output/colours.js';
import { keyOf, serverOf, type Settings } from '../../profiles/settings.js';
import { fault, ok, warning, type Finding } from './finding.js';
import { lookAtKey, lookAtServer } from './server.js';
import { lookAtDatabase, lookAtKafka } from './services.js';

const COLOURS: Readonly<Record<Finding['state'], Colour>> = { ok: 'green', warning: 'yellow', fault: 'red' };

export async function doctor(context: Context): Promise<void> {
  const { env } = context.surroundings;
  const settings = await context.settings();
  const findings: Finding[] = [await configuration(context, settings), ...(await server(context, settings))];
  if ((env['KAFKA_BROKERS'] ?? '') !== '') findings.push(...(await lookAtKafka(env['KAFKA_BROKERS'] ?? '')));
  if ((env['DATABASE_URL'] ?? '') !== '') findings.push(await lookAtDatabase(env['DATABASE_URL'] ?? ''));
  const { output } = context;
  const faults = findings.filter(({ state }) => state === 'fault');
  if (output.isJson) output.json({ healthy: faults.length === 0, findings });
  else {
    for (const { what, state, text, next } of findings) {
      output.line(
        `${output.paint(COLOURS[state], state.padEnd(7))}  ${what}: ${text}${next === undefined ? '' : `. ${next}`}`,
      );
    }
  }
  if (faults.length === 0) return;
  throw new FindingError(
    `${String(faults.length)} of ${String(findings.length)} checks found a fault`,
    'What to do stands beside each.',
  );
}

async function configuration({ profiles }: Context, { profile, server, key }: Settings): Promise<Finding> {
  const from = `profile "${profile}"; server from the ${server?.from ?? 'nowhere'}, key from the ${key?.from ?? 'nowhere'}`;
  if (!(await profiles.isOpenToOthers())) return ok('configuration', from);
  return warning('configuration', `others can read ${profiles.path}`, `Run chmod 600 ${profiles.path}`);
}

async function server(context: Context, settings: Settings): Promise<readonly Finding[]> {
  try {
    const address = serverOf(settings);
    const findings = await lookAtServer(context.clientOf(address, undefined), address);
    if (findings.some(({ state, what }) => state === 'fault' && what === 'server')) return findings;
    return [...findings, ...(await lookAtKey(context.clientOf(address, keyOf(settings))))];
  } catch (error) {
    if (!(error instanceof CliError) || context.signal.aborted) throw error;
    return [fault(error.code === 'no_api_key' ? 'key' : 'server', error.message, error.next)];
  }
}
