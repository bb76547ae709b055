// Writes the rules for Prometheus with links to runbooks that can be followed: node --import ./tooling/typescript.mjs tooling/rules.ts --runbooks https://… --out <folder>
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { REAL_PACE, ruleFile, ruleFiles } from '@signpost/monitoring';

const { values } = parseArgs({ options: { runbooks: { type: 'string' }, out: { type: 'string' } } });
const { runbooks, out } = values;
if (runbooks === undefined || out === undefined) {
  process.stderr.write('needed: --runbooks <address before docs/runbooks/…> --out <folder>\n');
  process.exit(2);
}
mkdirSync(out, { recursive: true });
for (const [name, groups] of Object.entries(ruleFiles())) {
  writeFileSync(join(out, name), ruleFile(groups, { pace: REAL_PACE, runbooks }));
  process.stdout.write(`wrote ${join(out, name)}\n`);
}
