import type { RunbookName } from './runbooks.js';

/** What a panel's numbers are, as Grafana names it. */
export type PanelUnit =
  's' | 'dateTimeFromNow' | 'percentunit' | 'bytes' | 'short' | 'cps' | 'reqps' | 'locale' | 'string';

export interface PromQuery {
  readonly kind: 'promql';
  readonly expression: string;
  /** How a series is called: text with `{{label}}`. */
  readonly legend: string;
  /** Why nothing at all may be found where all is well; without it a query that finds nothing is a fault. */
  readonly emptyBecause?: string;
}

export interface SqlQuery {
  readonly kind: 'sql';
  readonly sql: string;
  readonly shape: 'table' | 'time_series';
  readonly emptyBecause?: string;
}

export type PanelQuery = PromQuery | SqlQuery;

export type Colour = 'green' | 'yellow' | 'orange' | 'red';

/** From the value on, in the panel's unit; the first is from the lowest on. */
export type Threshold = readonly [from: number, colour: Colour];

export interface PanelDefinition {
  readonly title: string;
  /** What is normal. */
  readonly normal: string;
  /** What to do, or where to look, when it is not. */
  readonly otherwise: string;
  readonly shape: 'lines' | 'stacked' | 'number' | 'table';
  readonly unit: PanelUnit;
  readonly queries: readonly [PanelQuery, ...PanelQuery[]];
  /** What the colours begin at, where there is a bound; green from nothing on by itself. */
  readonly thresholds?: readonly Threshold[];
  readonly runbook: RunbookName;
  /** Of 24 columns. */
  readonly width: 4 | 6 | 8 | 12 | 24;
  /** A table's columns that lead on: the column's name, and where to, as Grafana writes a field's value in a link. */
  readonly columnLinks?: Readonly<Record<string, string>>;
  /** A table's columns that are in another unit. */
  readonly columnUnits?: Readonly<Record<string, PanelUnit>>;
  /** Zero, unless it may be below. */
  readonly lowest?: 'any';
  /** The highest that the number can be, where it is a share. */
  readonly highest?: number;
}

export interface RowDefinition {
  /** The question that the row answers. */
  readonly question: string;
  readonly panels: readonly PanelDefinition[];
}

export const VARIABLES = [
  'datasource',
  'database',
  'job',
  'role',
  'instance',
  'interval',
  'application',
  'endpoint',
] as const;
export type VariableName = (typeof VARIABLES)[number];

export interface DashboardDefinition {
  readonly uid: `signpost-${string}`;
  readonly title: string;
  readonly about: string;
  readonly variables: readonly VariableName[];
  readonly rows: readonly RowDefinition[];
}
