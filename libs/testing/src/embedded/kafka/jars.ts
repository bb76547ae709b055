import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedServiceError } from '../errors.js';
import { repositoryRoot } from '../repository.js';
import { findJava, type Java } from './java.js';

const run = promisify(execFile);
const kafkaFolder = join(repositoryRoot, 'deploy', 'kafka');

export interface ResolveKafkaOptions {
  /** Keeps the jars between runs, in a folder a pom. Default: .signpost/kafka-jars of this repository. */
  readonly jarsFolder?: string;
  /** Called with one sentence when Maven has to be asked. */
  readonly onProgress?: (sentence: string) => void;
  readonly env?: NodeJS.ProcessEnv;
}

export interface KafkaInstallation {
  readonly java: Java;
  readonly jars: readonly string[];
  /** A class-data archive of this very Java and these jars, if a broker has left one; see startKafka. */
  readonly classArchive: string;
  readonly logConfiguration: string;
}

/**
 * Kafka's jars as deploy/kafka/pom.xml names them, fetched by Maven unless they are there already.
 * Throws `java_missing`, `java_too_old`, `maven_missing` or `kafka_jars_unresolved`.
 */
export async function resolveKafka(options: ResolveKafkaOptions = {}): Promise<KafkaInstallation> {
  const { jarsFolder = join(repositoryRoot, '.signpost', 'kafka-jars'), onProgress, env = process.env } = options;
  const java = await findJava(env);
  const pom = join(kafkaFolder, 'pom.xml');
  const folder = join(jarsFolder, shortHash(readFileSync(pom)));
  if (!existsSync(folder)) {
    onProgress?.('fetching Kafka with Maven (once, about 45 MB) …');
    await fetchJars(pom, folder, env);
  }
  const jars = readdirSync(folder)
    .filter((name) => name.endsWith('.jar'))
    .sort()
    .map((name) => join(folder, name));
  return {
    java,
    jars,
    classArchive: join(folder, `classes-${shortHash(java.build)}.jsa`),
    logConfiguration: join(kafkaFolder, 'log4j2.properties'),
  };
}

/** Into a folder of its own, then renamed: a run that was broken off leaves nothing that looks whole. */
async function fetchJars(pom: string, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const draft = `${folder}.${randomBytes(4).toString('hex')}`;
  mkdirSync(draft, { recursive: true });
  const args = ['-B', '-q', '-Dstyle.color=never', '-f', pom, 'dependency:copy-dependencies'];
  try {
    await run('mvn', [...args, '-DincludeScope=runtime', `-DoutputDirectory=${draft}`], { env });
    renameSync(draft, folder);
  } catch (error) {
    // Another process may have been quicker with the same folder.
    if (existsSync(folder)) return;
    throw asSentence(error);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function asSentence(error: unknown): EmbeddedServiceError {
  const { code, stdout = '' } = error as { readonly code?: unknown; readonly stdout?: string };
  if (code === 'ENOENT') {
    return new EmbeddedServiceError(
      'maven_missing',
      'no Maven (mvn) found, and it fetches the embedded Kafka: install it (Debian: apt install maven; macOS: brew install maven) ' +
        'or point KAFKA_BROKERS at a cluster that runs elsewhere',
      {},
      error,
    );
  }
  const reason = stdout.split('\n').find((line) => line.startsWith('[ERROR]')) ?? String(error);
  return new EmbeddedServiceError(
    'kafka_jars_unresolved',
    `Maven could not fetch the jars of deploy/kafka/pom.xml; check the network and Maven's settings, then run the same command again. ` +
      `It said: ${reason.replace('[ERROR]', '').trim()}`,
    {},
    error,
  );
}

function shortHash(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 12);
}
