import { join } from 'node:path';
import { build, buildFolder, projectRoot } from '../toolchains.js';

const SOURCES = 'examples/receivers';

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Language {
  readonly name: string;
  /** Programs that have to be installed. */
  readonly needs: readonly string[];
  /** Builds what has to be built, and says how the receiver is started; more than one process where it is made of several. */
  readonly prepare: (port: number, inbox: string) => Promise<readonly Command[]>;
}

export const LANGUAGES: readonly Language[] = [
  {
    name: 'javascript',
    needs: [],
    // In place: the library is one of the project's own dependencies.
    prepare: async () => [
      { program: process.execPath, args: [join(projectRoot, SOURCES, 'javascript', 'receiver.mjs')] },
    ],
  },
  {
    name: 'python',
    needs: ['python3'],
    prepare: async () => {
      const folder = buildFolder(`${SOURCES}/python`);
      const packages = join(folder, 'packages');
      const into = ['--target', packages, '--upgrade', '--requirement', 'requirements.txt'];
      await build(folder, 'python3', ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...into]);
      return [{ program: 'python3', args: [join(folder, 'receiver.py')], env: { PYTHONPATH: packages } }];
    },
  },
  {
    name: 'go',
    needs: ['go'],
    prepare: async () => {
      const folder = buildFolder(`${SOURCES}/go`);
      await build(folder, 'go', ['build', '-o', 'receiver', '.']);
      return [{ program: join(folder, 'receiver'), args: [] }];
    },
  },
  {
    name: 'java',
    needs: ['java', 'mvn'],
    prepare: async () => {
      const folder = buildFolder(`${SOURCES}/java`);
      await build(folder, 'mvn', ['-B', '-q', 'package']);
      const path = [join(folder, 'target', 'classes'), join(folder, 'target', 'dependency', '*')].join(':');
      return [{ program: 'java', args: ['-Xmx64m', '-cp', path, 'Receiver'] }];
    },
  },
  {
    name: 'rust',
    needs: ['cargo'],
    prepare: async () => {
      const folder = buildFolder(`${SOURCES}/rust`);
      await build(folder, 'cargo', ['build', '--quiet', '--locked']);
      return [{ program: join(folder, 'target', 'debug', 'receiver'), args: [] }];
    },
  },
  {
    name: 'php',
    needs: ['php'],
    prepare: async (port, inbox) => {
      const at = (file: string): string => join(projectRoot, SOURCES, 'php', file);
      const env = { INBOX: inbox };
      const served = ['-d', 'post_max_size=16M', '-S', `127.0.0.1:${String(port)}`, at('receiver.php')];
      return [
        { program: 'php', args: served, env },
        { program: 'php', args: [at('worker.php')], env },
      ];
    },
  },
  {
    name: 'ruby',
    needs: ['ruby'],
    prepare: async () => [{ program: 'ruby', args: [join(projectRoot, SOURCES, 'ruby', 'receiver.rb')] }],
  },
];
