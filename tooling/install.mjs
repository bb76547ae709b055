// Makes node_modules match package-lock.json before a script runs, on any Node from 18 up and without
// a dependency of its own. A hash of both files is stamped into node_modules, so a warm clone pays one hash.
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'node_modules', '.signpost-install');
const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package.json')))
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) install();
requireRecentNode();

/** Runs `npm ci` with the npm and the Node that started us: `npm ci` deletes node_modules/.bin/node on its way. */
function install() {
  process.stdout.write('signpost: installing dependencies (once per change of package-lock.json) …\n');
  const started = Date.now();
  const npm = process.env.npm_execpath;
  const node = process.env.npm_node_execpath ?? process.execPath;
  const args = ['ci', '--no-fund', '--no-audit', '--loglevel=error'];
  const result = npm?.endsWith('.js')
    ? spawnSync(outside(node), [npm, ...args], { cwd: root, stdio: 'inherit', env: cleanEnvironment() })
    : spawnSync('npm', args, { cwd: root, stdio: 'inherit', env: cleanEnvironment() });
  if (result.status !== 0) {
    process.stderr.write(
      'signpost: `npm ci` failed (its own message is above). Check the network and the registry, then run the same command again.\n',
    );
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
  process.stdout.write(`signpost: dependencies installed in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

/** The Node inside node_modules cannot run the `npm ci` that replaces it. */
function outside(node) {
  return node.startsWith(join(root, 'node_modules')) ? 'node' : node;
}

function cleanEnvironment() {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(lifecycle|package)_/.test(name)),
  );
  env.PATH = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.endsWith(join('node_modules', '.bin')))
    .join(delimiter);
  return env;
}

/** Node 24 comes with the dependencies on Linux; elsewhere the installed Node has to be one. */
function requireRecentNode() {
  if (existsSync(join(root, 'node_modules', '.bin', 'node'))) return;
  if (Number(process.versions.node.split('.')[0]) >= 24) return;
  process.stderr.write(
    `signpost: needs Node 24 and this is ${process.version}; no Node 24 package exists for ${process.platform}-${process.arch}. Install Node 24 from nodejs.org, then run the same command again.\n`,
  );
  process.exit(1);
}
