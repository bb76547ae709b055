import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedServiceError } from '../errors.js';

const run = promisify(execFile);
const OLDEST = 17;
const ELSEWHERE = 'or point KAFKA_BROKERS at a cluster that runs elsewhere';

export interface Java {
  readonly java: string;
  readonly keytool: string;
  /** What `java -version` says, whole: two builds never share a class-data archive. */
  readonly build: string;
}

/** `java` from JAVA_HOME or PATH. Throws `java_missing` or `java_too_old`. */
export async function findJava(env: NodeJS.ProcessEnv = process.env): Promise<Java> {
  const java = env.JAVA_HOME === undefined || env.JAVA_HOME === '' ? 'java' : join(env.JAVA_HOME, 'bin', 'java');
  const build = await run(java, ['-version'], { env }).then(
    ({ stderr }) => stderr,
    (error: unknown) => {
      throw new EmbeddedServiceError(
        'java_missing',
        `no Java found (tried ${java}), and the embedded Kafka needs Java ${String(OLDEST)} or newer: ` +
          `install it (Debian: apt install openjdk-17-jre-headless; macOS: brew install openjdk@17) ${ELSEWHERE}`,
        {},
        error,
      );
    },
  );
  const major = majorVersion(build);
  if (major < OLDEST) {
    throw new EmbeddedServiceError(
      'java_too_old',
      `the embedded Kafka needs Java ${String(OLDEST)} or newer and ${java} is Java ${String(major)}: ` +
        `install a newer one and put it first on PATH or in JAVA_HOME, ${ELSEWHERE}`,
      { major },
    );
  }
  return { java, keytool: besides(java, env), build };
}

/** 17 from `openjdk version "17.0.15"`, 8 from `java version "1.8.0_402"`; 0 when there is none. */
export function majorVersion(build: string): number {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(build) ?? [];
  return Number(first === '1' ? (second ?? 0) : (first ?? 0));
}

/** The keytool of the same installation: PATH may hold Java through a symbolic link, and no keytool. */
function besides(java: string, env: NodeJS.ProcessEnv): string {
  const candidates = java.includes('/')
    ? [java]
    : (env.PATH ?? '').split(delimiter).map((folder) => join(folder, java));
  for (const candidate of candidates) {
    try {
      return join(dirname(realpathSync(candidate)), 'keytool');
    } catch {
      continue;
    }
  }
  return 'keytool';
}
