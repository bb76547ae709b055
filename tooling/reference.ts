// Writes docs/reference from the code, and into the guides the examples that they show: node --import ./tooling/typescript.mjs tooling/reference.ts [--check]
// With --check nothing is written, and a page that is not what the code says fails.
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import 'reflect-metadata';
import { API_CONTROLLERS, ApiReference, asyncDocument } from '@signpost/api';
import { TOPIC_SETTINGS } from '@signpost/contracts';
import { METRICS, type MetricDefinition } from '@signpost/observability';
import { alertPages } from './reference/alert-pages.js';
import { cliPage } from './reference/cli-page.js';
import { dashboardPages } from './reference/dashboards.js';
import { eventSchemas, schemaFileBreaks } from './reference/event-schemas.js';
import { eventsPage } from './reference/events-page.js';
import { withIncludedCode } from './reference/included-code.js';

const root = join(import.meta.dirname, '..');
const HOUR_MS = 3_600_000;

const pages: Readonly<Record<string, string>> = {
  'docs/reference/metrics.md': metricsPage(),
  'docs/reference/topics.md': topicsPage(),
  'docs/reference/events.md': eventsPage(),
  'docs/reference/cli.md': cliPage(),
  'docs/reference/openapi.json': `${JSON.stringify(new ApiReference(API_CONTROLLERS).json(), null, 2)}\n`,
  'docs/reference/asyncapi.json': `${JSON.stringify(asyncDocument(), null, 2)}\n`,
  ...eventSchemas(),
  ...dashboardPages(),
  ...alertPages(),
  ...guides(),
};

let drifted = false;
for (const [name, text] of Object.entries(pages)) {
  const file = join(root, name);
  const kept = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (kept === text) continue;
  const breaks = schemaFileBreaks(name, kept, text);
  if (breaks.length > 0) {
    drifted = true;
    process.stderr.write(`${breaks.join('\n')}\n`);
    continue;
  }
  if (process.argv.includes('--check')) {
    drifted = true;
    process.stderr.write(`${name} is not what the code says: run \`npm run reference\` and commit it\n`);
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    process.stdout.write(`wrote ${name}\n`);
  }
}
for (const setting of undocumentedSettings()) {
  drifted = true;
  process.stderr.write(`docs/operations.md does not mention the setting ${setting}\n`);
}
for (const setting of forgottenSettings()) {
  drifted = true;
  process.stderr.write(`docs/operations.md names the setting ${setting}, which nothing reads\n`);
}
process.exitCode = drifted ? 1 : 0;

/** Each guide with the examples as they are now. */
function guides(): Record<string, string> {
  const files = globSync('docs/guides/*.md', { cwd: root });
  return Object.fromEntries(
    files.map((file) => [file, withIncludedCode(readFileSync(join(root, file), 'utf8'), root)]),
  );
}

/** Every setting that a process reads, less those that the page for operators names. */
function undocumentedSettings(): string[] {
  const page = readFileSync(join(root, 'docs', 'operations.md'), 'utf8');
  const sources = globSync(['{apps,libs}/*/src/**/*config.ts'], { cwd: root });
  const names = sources.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/^\s+([A-Z][A-Z_]{3,}): (?:z\b|count\()/gm)].map(
      ([, name]) => name ?? '',
    ),
  );
  return [...new Set(names)].filter((name) => !page.includes(`\`${name}\``));
}

/** Settings that the page still names and no process reads any more. */
function forgottenSettings(): string[] {
  const page = readFileSync(join(root, 'docs', 'operations.md'), 'utf8');
  const named = new Set([...page.matchAll(/`([A-Z]+_[A-Z_]+)`/g)].map(([, name]) => name ?? ''));
  const sources = globSync(['{apps,libs}/*/src/**/*.ts'], { cwd: root });
  const code = sources.map((file) => readFileSync(join(root, file), 'utf8')).join('\n');
  return [...named].filter((name) => !code.includes(name));
}

function metricsPage(): string {
  const rows = Object.values<MetricDefinition>(METRICS).map((metric) => [
    `\`${metric.name}\``,
    metric.kind,
    metric.unit,
    metric.help,
    metric.kind === 'ranking'
      ? `${metric.ids.map((id) => `\`${id}\``).join(', ')}: ids, of ${String(metric.most)} at most`
      : Object.entries(metric.labels)
          .map(([label, values]) => `\`${label}\`: ${values.join(', ')}`)
          .join('; '),
    metric.kind === 'histogram' ? metric.buckets.join(', ') : '',
  ]);
  return page(
    'Metrics',
    'Every process serves these at `/metrics`, beside the ones of Node itself. A label has no values but the ones listed; a ranking names a few endpoints or applications by their ids, and no more than it says.',
    ['metric', 'kind', 'unit', 'meaning', 'labels', 'buckets, s'],
    rows,
  );
}

function topicsPage(): string {
  const rows = TOPIC_SETTINGS.map((topic) => [
    `\`${topic.name}\``,
    topic.holds,
    topic.cleanup,
    topic.retentionMs === undefined ? '' : String(topic.retentionMs / HOUR_MS),
    topic.logAppendTime === true ? "the broker's, at append" : "the producer's",
  ]);
  return page(
    'Topics',
    'In the order in which a message meets them. Names carry `KAFKA_TOPIC_PREFIX` (`signpost.`); every topic has `KAFKA_PARTITIONS` partitions.',
    ['topic', 'holds', 'cleanup', 'retention, h', 'timestamp'],
    rows,
  );
}

function page(title: string, about: string, header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const table = [line(header), line(header.map(() => '---')), ...rows.map(line)];
  return `# ${title}\n\nGenerated by \`npm run reference\`; do not edit.\n\n${about}\n\n${table.join('\n')}\n`;
}
