// Runs TypeScript as it stands: node --import ./tooling/typescript.mjs file.ts
// swc rather than Node's own type stripping, because Nest needs decorator metadata. What it makes is kept
// under node_modules/.cache by the hash of the source, so the second start compiles nothing.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire, enableCompileCache, registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));
const options = JSON.parse(readFileSync(join(root, '.swcrc'), 'utf8'));
const cache = join(root, 'node_modules', '.cache', 'signpost-typescript');
const salt = JSON.stringify(options) + require('@swc/core/package.json').version;
let swc;

mkdirSync(cache, { recursive: true });
enableCompileCache(join(root, 'node_modules', '.cache', 'signpost-bytecode'));
process.setSourceMapsEnabled(true);

registerHooks({
  resolve(specifier, context, next) {
    // Sources import each other by the name they will have once compiled, as TypeScript's nodenext asks.
    if (specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL?.endsWith('.ts')) {
      return next(`${specifier.slice(0, -3)}.ts`, context);
    }
    return next(specifier, context);
  },
  load(url, context, next) {
    if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
    return { format: 'module', source: compiled(fileURLToPath(url)), shortCircuit: true };
  },
});

function compiled(file) {
  const source = readFileSync(file, 'utf8');
  const kept = join(cache, `${createHash('sha256').update(salt).update(file).update(source).digest('hex')}.mjs`);
  try {
    return readFileSync(kept, 'utf8');
  } catch {
    swc ??= require('@swc/core');
    const { code } = swc.transformSync(source, { ...options, filename: file, sourceMaps: 'inline' });
    // Another process may be writing the same file: a rename is whole or not at all.
    const draft = `${kept}.${process.pid}`;
    writeFileSync(draft, code);
    renameSync(draft, kept);
    return code;
  }
}
