import type { Percentiles, Summary } from '../scenarios/summary.js';
import { verdicts } from './bars.js';
import { cpuOfAll, type BenchResult, type TurnResult } from './result.js';

/** The result as people read it. */
export function markdown(result: BenchResult): string {
  return [
    heading(result),
    failures(result),
    main(result),
    bars(result),
    figures(result),
    processes(result),
    rounds(result),
  ].join('\n');
}

function heading({
  startedAt,
  name,
  commit,
  machine,
  loadBefore,
  bare,
  bareMedian,
  seconds,
  payloadBytes,
}: BenchResult): string {
  const values = bare.map(({ requestsPerSecond }) => number(requestsPerSecond)).join(', ');
  return `# Benchmark: ${name}

${startedAt}, commit ${commit.id}${commit.dirty ? ' (dirty)' : ''}. ${machine.processor}, ${String(machine.cores)} cores, ${String(machine.memoryGiB)} GiB, ${machine.kernel}, Node ${machine.node}, Java ${machine.java}.
Load average of the machine before: ${number(loadBefore, 1)}${loadBefore > 0.5 ? ': **it was busy with something else, so nothing here says how fast it can be**' : ''}.
Payloads of ${number(payloadBytes)} bytes; ${number(seconds)} s measured a run; medians of the rounds. Kafka, PostgreSQL, receiver and load generator share the machine.

Bare limit (one process signs and POSTs the same bytes to the same receiver): **${number(bareMedian.requestsPerSecond)} requests/s**, ${number(bareMedian.cpuPer1000, 3)} CPU seconds for 1,000 (each time: ${values}).
`;
}

function failures({ failures: sentences, turns }: BenchResult): string {
  const deliveries = turns.reduce((sum, { median }) => sum + median.deliveries, 0);
  if (sentences.length === 0) return `All ${number(deliveries)} deliveries arrived and were written down: none lost.\n`;
  return `**Went wrong:**\n\n${sentences.map((sentence) => `- ${sentence}`).join('\n')}\n`;
}

function main(result: BenchResult): string {
  const rows = result.turns.map(({ name, median }) => [
    name,
    number(median.deliveriesPerSecond),
    number(median.deliveriesPerSecond / result.bareMedian.requestsPerSecond, 3),
    times(median.arrivalMs),
    times(median.acknowledgedMs),
    median.retryLatenessMs === undefined ? '' : `retries late by ${times(median.retryLatenessMs)}`,
    number(cpuOfAll(median), 3),
    String(median.repeats),
  ]);
  return table(
    [
      'scenario',
      'deliveries/s',
      '÷ bare',
      'arrival p50 / p99, ms',
      'accepted p50 / p99, ms',
      '',
      'CPU s per 1,000',
      'repeats',
    ],
    rows,
  );
}

function bars(result: BenchResult): string {
  const rows = verdicts(result).map(({ kind, about, measured, better, bound, met }) => [
    kind,
    about,
    number(measured, measured < 10 ? 3 : 0),
    `${better === 'more' ? '≥' : '≤'} ${String(bound)}`,
    met ? 'met' : 'missed',
  ]);
  return rows.length === 0 ? '' : table(['bar', 'what', 'measured', 'bound', ''], rows);
}

function figures({ turns }: BenchResult): string {
  const rows = turns.flatMap(({ name, median }) =>
    Object.entries(median.figures ?? {}).map(([what, value]) => [name, what, number(value, value < 100 ? 1 : 0)]),
  );
  return rows.length === 0 ? '' : `Beside that:\n\n${table(['scenario', 'what', 'measured'], rows)}`;
}

function processes({ turns }: BenchResult): string {
  const names = [...new Set(turns.flatMap(({ median }) => Object.keys(median.peakMB)))];
  const cell = ({ cpuPer1000, peakMB }: Summary, name: string) => {
    const cpu = cpuPer1000[name];
    return `${cpu === undefined ? '' : number(cpu, 3)} / ${number(peakMB[name] ?? Number.NaN)}`;
  };
  const rows = turns.map((turn) => [turn.name, ...names.map((name) => cell(turn.median, name))]);
  return `CPU seconds for 1,000 deliveries / peak memory in MB, by process:\n\n${table(['scenario', ...names], rows)}`;
}

function rounds({ turns }: BenchResult): string {
  const row = (turn: TurnResult) => [
    turn.name,
    turn.about,
    turn.rounds.map(({ deliveriesPerSecond }) => number(deliveriesPerSecond)).join(', '),
    turn.rounds.map(({ arrivalMs }) => times(arrivalMs)).join(', '),
  ];
  return `Each round:\n\n${table(['scenario', 'what it does', 'deliveries/s', 'arrival p50 / p99, ms'], turns.map(row))}`;
}

function times(value: Percentiles | undefined): string {
  return value === undefined ? '' : `${number(value.p50, 1)} / ${number(value.p99, 1)}`;
}

function number(value: number, digits = 0): string {
  return Number.isNaN(value)
    ? ''
    : value.toLocaleString('en-GB', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n');
}
