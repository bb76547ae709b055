import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** /proc counts processor time in ticks of a hundredth of a second on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  /** Of its threads, and of the children that ended and were waited for. */
  readonly cpuSeconds: number;
}

export interface ProcessUsage {
  readonly cpuSeconds: number;
  /** Bytes that the process and its descendants hold now; what they share counts once. */
  readonly memoryBytes: number;
  /** The most that the kernel saw since the last reset, of a process without descendants; else what it holds now. */
  readonly peakBytes: number;
}

/** Reads the kernel's account of processes; `root` is /proc but for tests. */
export class ProcessTable {
  constructor(private readonly root = '/proc') {}

  /** The process with all its descendants: PostgreSQL is many processes, and may run below a wrapper. */
  usage(pid: number): ProcessUsage {
    const tree = descend(pid, this.#all());
    const cpuSeconds = tree.reduce((sum, each) => sum + each.cpuSeconds, 0);
    if (tree.length === 1) {
      const status = this.#read(pid, 'status') ?? '';
      return { cpuSeconds, memoryBytes: bytesOf(status, 'VmRSS'), peakBytes: bytesOf(status, 'VmHWM') };
    }
    const memoryBytes = tree.reduce((sum, each) => sum + bytesOf(this.#read(each.pid, 'smaps_rollup') ?? '', 'Pss'), 0);
    return { cpuSeconds, memoryBytes, peakBytes: memoryBytes };
  }

  /** Lets the kernel's peak begin anew; false where that is not allowed. */
  resetPeak(pid: number): boolean {
    try {
      writeFileSync(join(this.root, String(pid), 'clear_refs'), '5');
      return true;
    } catch {
      return false;
    }
  }

  #all(): readonly ProcessStat[] {
    return readdirSync(this.root)
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => parseStat(this.#read(Number(name), 'stat') ?? '') ?? []);
  }

  /** Undefined when the process has ended since, or may not be looked at. */
  #read(pid: number, file: string): string | undefined {
    try {
      return readFileSync(join(this.root, String(pid), file), 'utf8');
    } catch {
      return undefined;
    }
  }
}

/** Of /proc/<pid>/stat; the name between brackets may itself hold spaces and brackets. */
export function parseStat(text: string): ProcessStat | undefined {
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).map(Number);
  const parent = Number(fields[1]);
  if (ticks.length !== 4 || [pid, parent, ...ticks].some(Number.isNaN)) return undefined;
  return { pid, parent, cpuSeconds: ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_SECOND };
}

function bytesOf(status: string, name: string): number {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status);
  return Number(found?.[1] ?? 0) * 1_024;
}

function descend(pid: number, all: readonly ProcessStat[]): readonly ProcessStat[] {
  const own = all.filter((each) => each.pid === pid);
  return [...own, ...all.filter(({ parent }) => parent === pid).flatMap((child) => descend(child.pid, all))];
}
