import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { describeWith, projectRoot } from '../toolchains.js';

const run = promisify(execFile);

describeWith('monitoring', ['promtool'], 'deploy/prometheus/prometheus.yml', () => {
  it('is what promtool calls valid, with the rules that it names', async () => {
    const { stdout } = await run('promtool', ['check', 'config', 'prometheus.yml'], {
      cwd: join(projectRoot, 'deploy', 'prometheus'),
    });
    expect(stdout).toContain('SUCCESS: prometheus.yml is valid');
  });
});
