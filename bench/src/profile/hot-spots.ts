/** What is needed of V8's .cpuprofile; times are microseconds of the machine's monotonic clock. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface ProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    /** From 0. */
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
}

export interface Window {
  readonly fromMicros: number;
  readonly toMicros: number;
}

export interface HotSpot {
  readonly name: string;
  /** Of the time in which the process was not idle. */
  readonly share: number;
}

export interface HotSpots {
  /** Of the time looked at: 1 is a whole core. */
  readonly busy: number;
  readonly functions: readonly HotSpot[];
  readonly packages: readonly HotSpot[];
}

const SHOWN = 25;

/** Where a process spent its own time (not that of callees) within the windows: by function and by package. */
export function hotSpots(
  profile: CpuProfile,
  windows: readonly Window[],
  placeOf: (node: ProfileNode) => string,
): HotSpots {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const byFunction = new Map<string, number>();
  const byPackage = new Map<string, number>();
  let total = 0;
  let busy = 0;
  for (const [node, micros] of timesIn(profile, windows, nodes)) {
    total += micros;
    if (node.callFrame.functionName === '(idle)') continue;
    busy += micros;
    const { functionName, url } = node.callFrame;
    const name = `${functionName === '' ? '(anonymous)' : functionName}${url === '' ? '' : ` ${placeOf(node)}`}`;
    byFunction.set(name, (byFunction.get(name) ?? 0) + micros);
    const owner = url === '' ? functionName : packageOf(url);
    byPackage.set(owner, (byPackage.get(owner) ?? 0) + micros);
  }
  const ranked = (times: ReadonlyMap<string, number>) =>
    [...times]
      .map(([name, micros]) => ({ name, share: micros / busy }))
      .toSorted((a, b) => b.share - a.share)
      .slice(0, SHOWN);
  return { busy: busy / total, functions: ranked(byFunction), packages: ranked(byPackage) };
}

function* timesIn(
  { samples, timeDeltas, startTime }: CpuProfile,
  windows: readonly Window[],
  nodes: ReadonlyMap<number, ProfileNode>,
): Generator<readonly [ProfileNode, number]> {
  let now = startTime;
  for (const [at, id] of samples.entries()) {
    now += timeDeltas[at] ?? 0;
    const node = nodes.get(id);
    // A sample holds until the next one.
    const micros = timeDeltas[at + 1] ?? 0;
    const inside = windows.some(({ fromMicros, toMicros }) => now >= fromMicros && now <= toMicros);
    if (node !== undefined && inside) yield [node, micros];
  }
}

/** `kafkajs` of what lies in node_modules, `node:net` of Node's own, `libs/kafka` of ours. */
function packageOf(url: string): string {
  const installed = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  if (installed !== undefined) return installed;
  return /\/((?:apps|libs)\/[^/]+)\//.exec(url)?.[1] ?? url.replace(/^node:internal\/.*/, 'node:internal');
}
