import { METRICS, type Unit } from '@signpost/observability';
import type { PanelUnit } from './definition.js';

type Key = keyof typeof METRICS;

const UNITS: Readonly<Record<Unit, PanelUnit>> = {
  seconds: 's',
  timestamp: 'dateTimeFromNow',
  ratio: 'percentunit',
  bytes: 'bytes',
  applications: 'short',
  assignments: 'short',
  attempts: 'short',
  batches: 'short',
  certificates: 'short',
  commits: 'short',
  connections: 'short',
  deliveries: 'short',
  endpoints: 'short',
  events: 'short',
  lanes: 'short',
  mails: 'short',
  messages: 'short',
  minutes: 'short',
  origins: 'short',
  records: 'short',
  recoveries: 'short',
  requests: 'short',
  roles: 'short',
  rows: 'short',
  runs: 'short',
  spans: 'short',
};

/** As the catalogue has the metric. */
export const unitOf = (key: Key): PanelUnit => UNITS[METRICS[key].unit];

/** Of a metric's growth in a second. */
export const unitOfRate = (key: Key): PanelUnit => (METRICS[key].unit === 'requests' ? 'reqps' : 'cps');

export const SHARE: PanelUnit = 'percentunit';
