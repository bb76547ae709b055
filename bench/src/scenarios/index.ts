import { apiReads } from './api-reads.js';
import { backlog } from './backlog.js';
import { dispatcherAlone } from './dispatcher-alone.js';
import { explain } from './explain.js';
import { failingFirst } from './failing-first.js';
import { fixedRate } from './fixed-rate.js';
import { flood } from './flood.js';
import { ingestAlone } from './ingest-alone.js';
import { logLists } from './log-lists.js';
import { manyEndpoints } from './many-endpoints.js';
import { recorderAlone } from './recorder-alone.js';
import { matcherAlone } from './matcher-alone.js';
import { redrive } from './redrive.js';
import type { Scenario } from './scenario.js';
import { slowTenth, slowTenthLong } from './slow-tenth.js';
import { throughput } from './throughput.js';
import { transformed } from './transformed.js';

export const SCENARIOS: readonly Scenario[] = [
  throughput('one-endpoint', 'one endpoint at full speed, events over Kafka', 'kafka', 1),
  throughput('one-endpoint-http', 'one endpoint at full speed, one event a request over HTTP', 'http', 1),
  throughput('one-endpoint-batch', 'one endpoint at full speed, 100 events a request over HTTP', 'http-batch', 1),
  throughput('ten-endpoints', 'one event to ten endpoints at full speed, events over Kafka', 'kafka', 10),
  slowTenth,
  slowTenthLong,
  failingFirst,
  fixedRate(300),
  fixedRate(500),
  transformed,
  apiReads,
  dispatcherAlone,
  manyEndpoints,
  backlog,
  flood,
  logLists,
  explain,
  recorderAlone,
  redrive,
  matcherAlone,
  ingestAlone,
];
