import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseStat, ProcessTable } from './proc.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'signpost-proc-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** utime, stime, cutime and cstime are fields 14 to 17. */
function stat(pid: number, parent: number, ticks: readonly number[], name = 'node'): string {
  return `${String(pid)} (${name}) S ${String(parent)} 1 1 0 -1 0 0 0 0 0 ${ticks.join(' ')} 20 0 1 0 5 6 7`;
}

function given(pid: number, files: Readonly<Record<string, string>>): void {
  mkdirSync(join(root, String(pid)));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, String(pid), name), text);
}

describe('parseStat', () => {
  it('adds up user and system time, and that of children that ended', () => {
    expect(parseStat(stat(7, 3, [100, 50, 25, 25]))).toEqual({ pid: 7, parent: 3, cpuSeconds: 2 });
  });

  it('is not misled by spaces and brackets in a name', () => {
    expect(parseStat(stat(7, 3, [1, 0, 0, 0], 'postgres) S 9 (x'))).toMatchObject({ parent: 3 });
  });

  it('says nothing of a process that is gone', () => {
    expect(parseStat('')).toBeUndefined();
  });
});

describe('ProcessTable', () => {
  it('tells memory and peak of a single process', () => {
    given(7, { stat: stat(7, 1, [100, 0, 0, 0]), status: 'VmHWM:\t   300 kB\nVmRSS:\t   200 kB\n' });
    expect(new ProcessTable(root).usage(7)).toEqual({ cpuSeconds: 1, memoryBytes: 204_800, peakBytes: 307_200 });
  });

  it('adds up descendants, counting shared memory once', () => {
    given(7, { stat: stat(7, 1, [100, 0, 50, 0]), smaps_rollup: 'Pss:       100 kB\n' });
    given(8, { stat: stat(8, 7, [100, 0, 0, 0]), smaps_rollup: 'Pss:        10 kB\n' });
    given(9, { stat: stat(9, 8, [100, 0, 0, 0]), smaps_rollup: 'Pss:         1 kB\n' });
    given(10, { stat: stat(10, 1, [900, 0, 0, 0]), smaps_rollup: 'Pss:      5000 kB\n' });
    expect(new ProcessTable(root).usage(7)).toMatchObject({ cpuSeconds: 3.5, memoryBytes: 111 * 1_024 });
  });

  it('reads this very process', () => {
    const usage = new ProcessTable().usage(process.pid);
    expect(usage.cpuSeconds).toBeGreaterThan(0);
    expect(usage.peakBytes).toBeGreaterThan(10_000_000);
  });
});
