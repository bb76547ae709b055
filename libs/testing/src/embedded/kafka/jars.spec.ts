import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { resolveKafka } from './jars.js';
import { findJava, majorVersion } from './java.js';

const JAVA_17 = 'echo \'openjdk version "17.0.15" 2025-04-15\' >&2';
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signpost-jars-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** An environment whose PATH holds a shell and these programs, each a script. */
function machine(programs: Record<string, string>): NodeJS.ProcessEnv {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const tool of ['sh', 'touch']) symlinkSync(join('/bin', tool), join(bin, tool));
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return { PATH: bin };
}

const resolve = (env: NodeJS.ProcessEnv) => resolveKafka({ jarsFolder: join(folder, 'jars'), env });

describe('Java', () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['openjdk version "21" 2023-09-19', 21],
    ['java version "1.8.0_402"', 8],
    ['nonsense', 0],
  ])('%s is version %d', (build, version) => {
    expect(majorVersion(build)).toBe(version);
  });

  it('is named with its remedy when it is missing', async () => {
    await expect(findJava(machine({}))).rejects.toMatchObject({
      code: 'java_missing',
      message: expect.stringMatching(/^no Java found.*install it.*KAFKA_BROKERS/) as unknown,
    });
  });

  it('is named with its remedy when it is too old', async () => {
    const env = machine({ java: 'echo \'openjdk version "11.0.2"\' >&2' });
    await expect(findJava(env)).rejects.toMatchObject({
      code: 'java_too_old',
      message: expect.stringMatching(/needs Java 17 or newer and java is Java 11: install a newer one/) as unknown,
    });
  });

  it('comes from JAVA_HOME before PATH, with the keytool of its installation', async () => {
    const home = join(folder, 'home', 'bin');
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'java'), `#!/bin/sh\n${JAVA_17}\n`, { mode: 0o755 });
    const env = { ...machine({ java: 'exit 1' }), JAVA_HOME: join(folder, 'home') };
    expect(await findJava(env)).toMatchObject({ java: join(home, 'java'), keytool: join(home, 'keytool') });
  });
});

describe('resolveKafka', () => {
  it('names Maven with its remedy when it is missing', async () => {
    await expect(resolve(machine({ java: JAVA_17 }))).rejects.toMatchObject({
      code: 'maven_missing',
      message: expect.stringMatching(/^no Maven.*install it.*KAFKA_BROKERS/) as unknown,
    });
  });

  it("gives Maven's first error when it fails, and leaves nothing half fetched", async () => {
    const env = machine({ java: JAVA_17, mvn: 'echo "[ERROR] no route to host"; echo "[ERROR] more"; exit 1' });
    await expect(resolve(env)).rejects.toMatchObject({
      code: 'kafka_jars_unresolved',
      message: expect.stringMatching(/check the network.*It said: no route to host$/) as unknown,
    });
    expect(readdirSync(join(folder, 'jars'))).toEqual([]);
  });

  it('asks Maven once, and says so', async () => {
    const mvn =
      'for each; do case "$each" in -DoutputDirectory=*) touch "${each#*=}/b.jar" "${each#*=}/a.jar";; esac; done';
    const env = machine({ java: JAVA_17, mvn });
    const told: string[] = [];
    const options = { jarsFolder: join(folder, 'jars'), env, onProgress: (sentence: string) => told.push(sentence) };
    const [first, second] = [await resolveKafka(options), await resolveKafka(options)];
    expect(first.jars.map((jar) => jar.slice(-5))).toEqual(['a.jar', 'b.jar']);
    expect(second).toEqual(first);
    expect(told).toHaveLength(1);
  });
});
