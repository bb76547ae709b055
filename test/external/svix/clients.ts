import { join } from 'node:path';
import type { Command, Program } from '../toolchain/build.js';
import type { ClientCommand } from './client-run.js';

/** A published Svix SDK with the program that drives it. */
export interface SvixClient {
  readonly language: string;
  /** Of the SDK. */
  readonly version: string;
  readonly major: number;
  readonly program: Program;
  /** Whether it reads the new secret from the answer to a rotation, as of 2.6. */
  readonly readsRotation: boolean;
  /** Steps for which the SDK has no operation. */
  readonly lacks?: readonly string[];
  readonly run: (folder: string) => Pick<ClientCommand, 'command' | 'args' | 'env'>;
}

type Language = (version: string, major: number) => Omit<SvixClient, 'version' | 'major' | 'readsRotation'>;

const nameOf = (language: string, version: string): string => `svix-${language}-${version}`;

const python: Language = (version) => ({
  language: 'python',
  program: {
    name: nameOf('python', version),
    group: 'python',
    sources: ['python'],
    needs: [{ command: 'python3', args: ['-m', 'pip', '--version'] }],
    fetch: [pip(`svix==${version}`)],
  },
  run: (folder) => ({
    command: 'python3',
    args: ['client.py'],
    env: { PYTHONPATH: join(folder, 'packages'), PYTHONDONTWRITEBYTECODE: '1' },
  }),
});

const javascript: Language = (version) => ({
  language: 'javascript',
  program: {
    name: nameOf('javascript', version),
    group: 'javascript',
    sources: ['javascript'],
    needs: [{ command: 'npm', args: ['--version'] }],
    fetch: [
      {
        command: 'npm',
        args: ['install', '--no-audit', '--no-fund', '--ignore-scripts', `svix@${version}`],
      },
    ],
  },
  // The Node that runs the tests: the newer SDK wants 22.
  run: () => ({ command: process.execPath, args: ['client.mjs'], env: {} }),
});

const go: Language = (version, major) => ({
  language: 'go',
  program: {
    name: nameOf('go', version),
    group: 'go',
    sources: ['go', `go/v${String(major)}`],
    needs: [{ command: 'go', args: ['version'] }],
    fetch: [{ command: 'go', args: ['mod', 'download'] }],
    compile: [{ command: 'go', args: ['build', '-o', 'client', '.'] }],
  },
  run: (folder) => ({ command: join(folder, 'client'), args: [], env: {} }),
});

const java: Language = (version, major) => ({
  language: 'java',
  program: {
    name: nameOf('java', version),
    group: 'java',
    sources: ['java', `java/v${String(major)}`],
    needs: [
      { command: 'javac', args: ['-version'] },
      { command: 'mvn', args: ['--version'] },
    ],
    fetch: [{ command: 'mvn', args: ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'] }],
    compile: [{ command: 'javac', args: ['-cp', 'lib/*', '-d', 'classes', 'Client.java', 'Major.java'] }],
  },
  // It has no health, and sends a POST without a body, which its own HTTP library refuses.
  lacks: [
    'health.get',
    'message-attempt.resend',
    'message-attempt.list-resent',
    'portal.authentication.logout',
    'portal.after-logout',
  ],
  run: () => ({ command: 'java', args: ['-cp', 'classes:lib/*', 'Client'], env: {} }),
});

const rust: Language = (version, major) => ({
  language: 'rust',
  program: {
    name: nameOf('rust', version),
    group: 'rust',
    sources: ['rust', `rust/v${String(major)}`],
    needs: [{ command: 'cargo', args: ['--version'] }],
    fetch: [{ command: 'cargo', args: ['fetch', '--quiet'] }],
    compile: [{ command: 'cargo', args: ['build', '--quiet'] }],
  },
  run: (folder) => ({ command: join(folder, 'target', 'debug', 'client'), args: [], env: {} }),
});

/** Without a virtual environment: a folder takes the packages, and PYTHONPATH finds them there. */
export function pip(requirement: string): Command {
  const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--upgrade', '--target', 'packages'];
  return { command: 'python3', args: [...args, requirement] };
}

const client = (of: Language, version: string): SvixClient => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return { ...of(version, major), version, major, readsRotation: major > 2 || (major === 2 && minor >= 6) };
};

/**
 * The last release before the current major, and the newest of it; exactly these versions. Of the current one there is
 * none for Go and Java: the Go module proxy and Maven Central have no release of it.
 */
export const CLIENTS: readonly SvixClient[] = [
  client(python, '1.99.1'),
  client(python, '2.9.1'),
  client(javascript, '1.99.1'),
  client(javascript, '2.5.0'),
  client(go, '1.99.1'),
  client(java, '1.99.1'),
  client(rust, '1.99.1'),
  client(rust, '2.9.1'),
];
