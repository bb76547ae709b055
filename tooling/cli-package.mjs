// Makes the package `signpost` as it is published: plain JavaScript for Node 20 and later, one file a command, and
// nothing to install beside it.
//   node tooling/cli-package.mjs [folder]      .signpost/cli-package, unless it is given
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(root, 'apps', 'cli');
const folder = resolve(process.argv[2] ?? join(root, '.signpost', 'cli-package'));
const dist = join(folder, 'dist');

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { signpost: join(source, 'src', 'main.ts') },
  outdir: dist,
  bundle: true,
  // Commands are imported when they are run: each becomes a file of its own.
  splitting: true,
  chunkNames: '[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  banner: { js: '#!/usr/bin/env node' },
  minifySyntax: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});
// Only the program is run by its name; in what it imports the first line would be an oddity.
for (const name of readdirSync(dist)) {
  if (name === 'signpost.js') continue;
  const file = join(dist, name);
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^#!.*\n/, ''));
}
chmodSync(join(dist, 'signpost.js'), 0o755);

const { name, version, description, license, type } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
const manifest = {
  name,
  version,
  description,
  license,
  type,
  bin: { signpost: 'dist/signpost.js' },
  engines: { node: '>=20.3' },
  files: ['dist', 'THIRD-PARTY.txt'],
};
writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
copyFileSync(join(source, 'README.md'), join(folder, 'README.md'));
copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
// What was read and left out again is not inside.
const inside = Object.values(metafile.outputs).flatMap(({ inputs }) =>
  Object.keys(inputs).filter((input) => inputs[input].bytesInOutput > 0),
);
writeFileSync(join(folder, 'THIRD-PARTY.txt'), thirdParty(inside));
process.stdout.write(`${folder}\n`);

/** The licences of what is inside. */
function thirdParty(inputs) {
  const packages = new Set(inputs.flatMap((input) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []));
  const texts = [...packages].sort().map((each) => {
    const at = join(root, 'node_modules', each);
    const { version: theirs } = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'));
    const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt'].map((candidate) => join(at, candidate)).find(existsSync);
    if (file === undefined) throw new Error(`${each} has no licence file: it cannot be part of a package`);
    return `${each} ${theirs}\n\n${readFileSync(file, 'utf8').trim()}\n`;
  });
  return `What this package contains of others:\n\n${texts.join('\n---\n\n')}`;
}
