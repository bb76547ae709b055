import type { ProcessEntry } from '../start/running-file.js';

export interface PipelineCounts {
  readonly delivered: number;
  readonly retried: number;
  readonly parked: number;
  readonly deadLettered: number;
}

/** Adds up what the processes count, from the pages that Prometheus would scrape. */
export async function readCounts(processes: readonly ProcessEntry[]): Promise<PipelineCounts> {
  const urls = [...new Set(processes.map(({ metricsUrl }) => metricsUrl))];
  const pages = (await Promise.all(urls.map(readPage))).join('\n');
  return {
    delivered: sumOf(pages, 'signpost_attempts_total', 'outcome="delivered"'),
    retried: sumOf(pages, 'signpost_retries_total'),
    parked: sumOf(pages, 'signpost_deliveries_parked_total'),
    deadLettered: sumOf(pages, 'signpost_dead_letters_total'),
  };
}

/** Of all series of one metric whose labels contain `label`. */
export function sumOf(pages: string, metric: string, label = ''): number {
  let sum = 0;
  for (const line of pages.split('\n')) {
    if (!line.startsWith(metric) || !line.includes(label)) continue;
    const next = line.charAt(metric.length);
    if (next === '{' || next === ' ') sum += Number(line.slice(line.lastIndexOf(' ') + 1));
  }
  return sum;
}

async function readPage(url: string): Promise<string> {
  try {
    return await (await fetch(url, { signal: AbortSignal.timeout(3_000) })).text();
  } catch {
    // A process that is being started again counts from nothing anyway.
    return '';
  }
}
