import type { SyntaxNode, Tree } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { knownSeries, SCRAPE_LABELS, type KnownSeries } from './known-series.js';
import { aggregateAround, callOver, descendants, matchersOf, textOf, type Matcher } from './tree.js';

export type QueryFaultCode =
  | 'syntax'
  | 'unknown-metric'
  | 'unknown-label'
  | 'unknown-value'
  | 'counter-not-rated'
  | 'gauge-rated'
  | 'fixed-range'
  | 'buckets-without-le'
  | 'sum-of-what-all-say';

export interface QueryFault {
  readonly code: QueryFaultCode;
  readonly explanation: string;
}

export interface QueryPlace {
  /** On a dashboard ranges follow the time that is shown; in a rule they are what they are. */
  readonly of: 'dashboard' | 'rule';
  /** Series that recording rules make. */
  readonly recorded?: readonly string[];
}

/** What Grafana puts in place of a range, by a length that nobody would write. */
const RANGES: Readonly<Record<string, string>> = {
  $__rate_interval: '100001s',
  $__range: '100002s',
  $interval: '100003s',
};

const GROWTHS = ['rate', 'irate', 'increase'];
/** What may look at a counter as it is: whether it is there, and how often it began anew. */
const OF_COUNTERS = [...GROWTHS, 'resets', 'changes', 'absent', 'absent_over_time', 'timestamp'];

/**
 * What is wrong with a query before any Prometheus has seen it: names and values that no process exports, and numbers
 * that would mislead. Empty: nothing was found.
 */
export function checkQuery(query: string, place: QueryPlace): readonly QueryFault[] {
  const text = place.of === 'dashboard' ? withRanges(query) : query;
  const tree = parser.parse(text);
  const broken = firstError(tree, text);
  if (broken !== undefined) return [{ code: 'syntax', explanation: broken }];
  const series = place.recorded === undefined ? knownSeries() : withRecorded(place.recorded);
  const selectors = descendants(tree.topNode, 'VectorSelector');
  return [
    ...selectors.flatMap((selector) => checkSelector(selector, text, series)),
    ...groupingFaults(tree, text, series),
    ...(place.of === 'dashboard' ? rangeFaults(tree, text) : []),
    ...quantileFaults(tree, text),
  ];
}

function withRanges(query: string): string {
  return Object.entries(RANGES).reduce((text, [name, range]) => text.replaceAll(name, range), query);
}

function withRecorded(names: readonly string[]): ReadonlyMap<string, KnownSeries> {
  const recorded: KnownSeries = { kind: 'recorded', labels: new Map(), saidByAll: false };
  return new Map([...knownSeries(), ...names.map((name) => [name, recorded] as const)]);
}

function firstError(tree: Tree, text: string): string | undefined {
  let found: string | undefined;
  tree.iterate({
    enter: (node) => {
      if (node.type.isError)
        found ??= `at ${String(node.from)}: ${text.slice(Math.max(0, node.from - 20), node.to + 20)}`;
    },
  });
  return found;
}

function checkSelector(selector: SyntaxNode, text: string, series: ReadonlyMap<string, KnownSeries>): QueryFault[] {
  const identifier = selector.getChild('Identifier');
  const name = identifier === null ? textOf(selector, text) : textOf(identifier, text);
  const known = series.get(name);
  if (known === undefined) return [{ code: 'unknown-metric', explanation: `no process and no rule makes ${name}` }];
  if (known.kind === 'recorded') return [];
  return [
    ...matchersOf(selector, text).flatMap((matcher) => matcherFaults(name, matcher, known)),
    ...functionFaults(name, selector, text, known),
    ...sumFaults(name, selector, text, known),
  ];
}

function matcherFaults(name: string, { label, values, isRegex }: Matcher, known: KnownSeries): QueryFault[] {
  if (SCRAPE_LABELS.includes(label)) return [];
  if (!known.labels.has(label)) return [{ code: 'unknown-label', explanation: `${name} has no label ${label}` }];
  const listed = known.labels.get(label);
  // What a variable stands for is not known here.
  const unlisted = values.filter((value) => {
    if (listed === undefined || value.includes('$') || value === '') return false;
    const fits = isRegex ? new RegExp(`^(?:${value})$`) : undefined;
    return !listed.some((each) => (fits === undefined ? each === value : fits.test(each)));
  });
  return unlisted.map((value) => ({
    code: 'unknown-value',
    explanation: `${label} of ${name} is never ${value}`,
  }));
}

function functionFaults(name: string, selector: SyntaxNode, text: string, known: KnownSeries): QueryFault[] {
  const call = callOver(selector, text);
  if (known.kind === 'counter' && (call === undefined || !OF_COUNTERS.includes(call)))
    return [{ code: 'counter-not-rated', explanation: `${name} is a counter: it says nothing by itself` }];
  if (known.kind === 'gauge' && call !== undefined && GROWTHS.includes(call))
    return [{ code: 'gauge-rated', explanation: `${name} may fall: ${call} takes that for a start anew` }];
  return [];
}

function sumFaults(name: string, selector: SyntaxNode, text: string, known: KnownSeries): QueryFault[] {
  if (!known.saidByAll || aggregateAround(selector, text) !== 'sum') return [];
  return [{ code: 'sum-of-what-all-say', explanation: `every recorder says ${name}: take the maximum` }];
}

/** A label to group or join by that nothing beneath has: the result would be one group, and nobody the wiser. */
function groupingFaults(tree: Tree, text: string, series: ReadonlyMap<string, KnownSeries>): QueryFault[] {
  const made = descendants(tree.topNode, 'FunctionCall')
    .filter((call) => /^label_(replace|join)\b/.test(textOf(call, text)))
    .map((call) => /"([a-zA-Z_]\w*)"/.exec(textOf(call, text))?.[1]);
  return descendants(tree.topNode, 'GroupingLabels').flatMap((grouping) => {
    const owner = grouping.parent?.parent;
    if (owner === undefined || owner === null) return [];
    const beneath = descendants(owner, 'VectorSelector').map((selector) =>
      series.get(textOf(selector.getChild('Identifier') ?? selector, text)),
    );
    const has = (label: string): boolean =>
      SCRAPE_LABELS.includes(label) ||
      made.includes(label) ||
      beneath.some((each) => each?.kind === 'recorded' || each?.labels.has(label) === true);
    return grouping
      .getChildren('LabelName')
      .map((label) => textOf(label, text))
      .filter((label) => !has(label))
      .map((label) => ({ code: 'unknown-label', explanation: `nothing to group by ${label} has that label` }) as const);
  });
}

function rangeFaults(tree: Tree, text: string): QueryFault[] {
  return descendants(tree.topNode, 'MatrixSelector').flatMap((matrix) => {
    const call = callOver(matrix, text);
    const range = /\[\s*([^\]:]+?)\s*\]$/.exec(textOf(matrix, text))?.[1] ?? '';
    if (Object.values(RANGES).includes(range)) return [];
    return [
      { code: 'fixed-range', explanation: `${call ?? 'a selector'} over ${range} does not follow what is shown` },
    ];
  });
}

function quantileFaults(tree: Tree, text: string): QueryFault[] {
  return descendants(tree.topNode, 'FunctionCall').flatMap((call) => {
    if (textOf(call.getChild('FunctionIdentifier') ?? call, text) !== 'histogram_quantile') return [];
    const aggregate = descendants(call, 'AggregateExpr')[0];
    if (aggregate === undefined) return [];
    const labels = descendants(aggregate, 'LabelName').map((label) => textOf(label, text));
    const isBy = descendants(aggregate, 'By').length > 0;
    if (isBy === labels.includes('le')) return [];
    return [{ code: 'buckets-without-le', explanation: 'a quantile is taken of what was summed over all bounds' }];
  });
}
