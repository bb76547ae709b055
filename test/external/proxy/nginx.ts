import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePort, freshFolder, ServiceProcess, until } from '@signpost/testing';
import { projectRoot } from '../toolchains.js';

export interface Behind {
  /** host:port of each process; the first is what the template names. */
  readonly ingest: readonly string[];
  readonly api: string;
}

/** From here on the open source nginx looks an upstream's name up again, as containers need it. */
const RESOLVES_FROM = [1, 27, 3];

/** The real nginx with the proxy's configuration, as the official image would run it. */
export class Nginx {
  private constructor(
    private readonly process: ServiceProcess,
    readonly url: string,
  ) {}

  static async start(behind: Behind): Promise<Nginx> {
    const folder = freshFolder();
    const port = await findFreePort();
    for (const name of ['body', 'proxy', 'other']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'default.conf'), rendered(behind, port));
    writeFileSync(join(folder, 'nginx.conf'), mainConfiguration(folder));
    const process = await ServiceProcess.start({
      command: 'nginx',
      args: ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')],
      outputFile: join(folder, 'output'),
      pidFile: join(folder, 'started.pid'),
      stopSignal: 'SIGTERM',
    });
    const url = `http://127.0.0.1:${String(port)}`;
    await until(
      async () => {
        if (!process.alive) throw new Error(`nginx ended: ${readFileSync(join(folder, 'output'), 'utf8')}`);
        return (await fetch(`${url}/metrics`)).status === 404;
      },
      { timeoutMs: 15_000, what: 'nginx to listen' },
    );
    return new Nginx(process, url);
  }

  async stop(): Promise<void> {
    await this.process.stop(5_000);
  }
}

/** As the image's entry point does it: only ${…} of the environment, so that nginx' own variables stay. */
function rendered({ ingest, api }: Behind, port: number): string {
  const [first = '', ...others] = ingest;
  const environment = { NGINX_LOCAL_RESOLVERS: '127.0.0.1', INGEST_ADDRESS: first, API_ADDRESS: api };
  let text = readFileSync(join(projectRoot, 'deploy', 'proxy', 'nginx.conf'), 'utf8');
  for (const [name, value] of Object.entries(environment)) text = text.replaceAll(`\${${name}}`, value);
  text = text.replace('listen 8080;', `listen 127.0.0.1:${String(port)};`);
  const more = others.map((address) => `  server ${address};\n`).join('');
  text = text.replace(`  server ${first} resolve;\n`, `  server ${first} resolve;\n${more}`);
  return resolvesNames() ? text : text.replaceAll(' resolve;', ';');
}

function resolvesNames(): boolean {
  const said = execFileSync('sh', ['-c', 'nginx -v 2>&1']).toString();
  const version = (/nginx\/(\d+)\.(\d+)\.(\d+)/.exec(said) ?? []).slice(1).map(Number);
  const at = RESOLVES_FROM.findIndex((wanted, index) => version[index] !== wanted);
  return at === -1 || (version[at] ?? 0) > (RESOLVES_FROM[at] ?? 0);
}

/** What the image has around the rendered template, with every file in the test's own folder. */
function mainConfiguration(folder: string): string {
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `${user}
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 1024; }
http {
  default_type application/octet-stream;
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/other;
  uwsgi_temp_path ${folder}/other;
  scgi_temp_path ${folder}/other;
  keepalive_timeout 65;
  include ${folder}/default.conf;
}
`;
}
