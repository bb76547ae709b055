#!/usr/bin/env node
// `npx signpost` inside the repository: runs the sources. The published package has one of plain JavaScript instead
// (tooling/cli-package.mjs). The sources need Node 24, which npm ci has brought beside them on Linux.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const loader = join(root, 'tooling', 'typescript.mjs');
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

if (Number(process.versions.node.split('.')[0]) >= 24) {
  await import(pathToFileURL(loader).href);
  await import(pathToFileURL(main).href);
} else {
  const brought = join(root, 'node_modules', '.bin', 'node');
  if (existsSync(brought)) {
    const { status } = spawnSync(brought, ['--import', loader, main, ...process.argv.slice(2)], { stdio: 'inherit' });
    process.exitCode = status ?? 1;
  } else {
    process.stderr.write(
      `signpost: its sources need Node 24 and this is ${process.version}. Run \`npm ci\` first, or install Node 24 from nodejs.org.\n`,
    );
    process.exitCode = 2;
  }
}
