import { describe, expect, it } from '@jest/globals';
import { CliHome } from '../../cli.fixture.js';
import { COMMANDS } from '../index.js';
import { candidates } from './candidates.js';
import { SCRIPTS } from './scripts.js';

const words = (...given: readonly string[]): readonly string[] => candidates(COMMANDS, given).map(({ word }) => word);

describe('completion', () => {
  it('knows commands, those of groups, options and choices', () => {
    expect(words('')).toEqual(expect.arrayContaining(['send', 'listen', 'dlq']));
    expect(words('')).not.toContain('__complete');
    expect(words('end')).toEqual(['endpoints']);
    expect(words('dlq', '')).toEqual(['ls', 'show', 'histogram', 'redrive']);
    expect(words('dlq', 'redrive', '--only')).toEqual(['--only-while-healthy']);
    expect(words('dlq', 'redrive', '--js')).toEqual(['--json']);
    expect(words('completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(words('dlq', 'ls', '--reason-class', 'c')).toEqual(['customer']);
  });

  it('goes by aliases, passes over options with their values, and keeps out of what only the person knows', () => {
    expect(words('ep', 'ro')).toEqual(['rotate']);
    expect(words('--server', 'http://x', 'apps', 'cr')).toEqual(['create']);
    expect(words('--json', 'apps', 'cr')).toEqual(['create']);
    expect(words('explain', '')).toEqual([]);
    expect(words('deliveries', 'list', '--app', '')).toEqual([]);
    expect(words('nonsense', '')).not.toContain('bash');
  });

  it('is asked for by the shells, also with words that look like options', async () => {
    const home = new CliHome();
    const { code, out } = await home.run(['__complete', '--', 'dlq', 'redrive', '--dry']);
    home.remove();
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^--dry-run\t.+\n$/) });
    for (const script of Object.values(SCRIPTS)) expect(script).toContain('signpost __complete --');
  });
});
