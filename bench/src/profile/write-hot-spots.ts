import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hotSpots, type CpuProfile, type HotSpot, type Window } from './hot-spots.js';
import { sourcePlace } from './source-place.js';

const ENDING = '.cpuprofile';

/** What the profiles in `folder` say of the measured time, in Markdown. */
export function hotSpotsOf(folder: string, windows: readonly Window[]): string {
  const files = readdirSync(folder).filter((name) => name.endsWith(ENDING));
  const sections = files.map((name) => {
    const profile = JSON.parse(readFileSync(join(folder, name), 'utf8')) as CpuProfile;
    const { busy, packages, functions } = hotSpots(profile, windows, sourcePlace);
    return `## ${name.slice(0, -ENDING.length)}: ${percent(busy)} of a core\n\n${list('package', packages.slice(0, 12))}\n${list('function', functions)}`;
  });
  return `# Own time while measuring, as shares of each process's busy time\n\n${sections.join('\n')}`;
}

function list(what: string, spots: readonly HotSpot[]): string {
  const rows = spots.map(({ name, share }) => `| ${percent(share)} | ${name} |`);
  return [`| share | ${what} |`, '| --- | --- |', ...rows, ''].join('\n');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
