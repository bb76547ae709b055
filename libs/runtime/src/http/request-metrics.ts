import { PUBLISH_OPERATIONS } from '@signpost/contracts';
import type { Metrics } from '@signpost/observability';
import type { FastifyInstance, FastifyRequest } from 'fastify';

type Area = 'publish' | 'api' | 'platform';
type AnswerClass = '2xx' | '3xx' | '4xx' | '5xx';

/** By route and never by path: no caller makes a name here. */
const AREAS: ReadonlyMap<string, Area> = new Map<string, Area>([
  ...Object.values(PUBLISH_OPERATIONS).map(
    ({ method, path }) => [`${method.toUpperCase()} ${path}`, 'publish'] as const,
  ),
  ['GET /health/live', 'platform'],
  ['GET /health/ready', 'platform'],
  ['GET /metrics', 'platform'],
]);

const PUBLISHED = { '2xx': 'accepted', '3xx': 'refused', '4xx': 'refused', '5xx': 'failed' } as const;

/** An answer takes milliseconds: who has waited this long for one and leaves was let down by us. */
const PATIENCE_MS = 1_000;

/** Counts each request by its answer, however it came to that; before any hook that may answer. */
export function measureRequests(
  server: FastifyInstance,
  { of: { httpRequestDuration, intakeRequests } }: Metrics,
  /** The trace that tells of the request, if one does. */
  traceOf: (request: FastifyRequest) => string | undefined = () => undefined,
): void {
  server.addHook('onRequest', (request, reply, done) => {
    const { raw } = request;
    const area = areaOf(request);
    const beganAt = performance.now();
    let readAt: number | undefined;
    raw.once('end', () => (readAt = performance.now()));
    // Once, whether it was answered or the caller has gone.
    reply.raw.once('close', () => {
      if (reply.raw.writableFinished) {
        const answer = classOf(reply.raw.statusCode);
        httpRequestDuration.observeTraced((performance.now() - beganAt) / 1_000, traceOf(request), { area, answer });
        if (area === 'publish') intakeRequests.inc({ answer: PUBLISHED[answer] });
      } else if (area === 'publish') {
        intakeRequests.inc({ answer: hasWaited(readAt) ? 'failed' : 'refused' });
      }
    });
    done();
  });
}

/** What was never sent to its end was not for us to answer. */
function hasWaited(readAt: number | undefined): boolean {
  return readAt !== undefined && performance.now() - readAt >= PATIENCE_MS;
}

function areaOf({ method, routeOptions: { url } }: FastifyRequest): Area {
  return (url === undefined ? undefined : AREAS.get(`${method} ${url}`)) ?? 'api';
}

function classOf(status: number): AnswerClass {
  if (status < 300) return '2xx';
  if (status < 400) return '3xx';
  return status < 500 ? '4xx' : '5xx';
}
