import { execFile } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..', '..');

/** Puts kafka-console-producer.sh into the folder, as Kafka's distribution has it; its jars are kept between runs. */
export async function consoleProducer(folder: string): Promise<void> {
  const broker = readFileSync(join(root, 'deploy', 'kafka', 'pom.xml'), 'utf8');
  const version = /<kafka\.version>([^<]+)</.exec(broker)?.[1] ?? '';
  const jars = join(root, '.signpost', `kafka-tools-${version}`);
  if (!existsSync(jars)) {
    const draft = `${jars}.${String(process.pid)}`;
    const pom = join(import.meta.dirname, 'console-producer.pom.xml');
    const settings = [`-Dkafka.version=${version}`, '-DincludeScope=runtime', `-DoutputDirectory=${draft}`];
    await run('mvn', ['-B', '-q', '-f', pom, 'dependency:copy-dependencies', ...settings]);
    renameSync(draft, jars);
  }
  const script = join(folder, 'kafka-console-producer.sh');
  const main = 'org.apache.kafka.tools.ConsoleProducer';
  writeFileSync(script, `#!/bin/sh\nexec java -Xmx128m -cp '${join(jars, '*')}' ${main} "$@"\n`);
  chmodSync(script, 0o755);
}
