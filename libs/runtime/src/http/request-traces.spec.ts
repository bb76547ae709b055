import { describe, expect, it } from '@jest/globals';
import fastify from 'fastify';
import { Tracing, type Span } from '@signpost/observability';
import { RequestTraces } from './request-traces.js';

class KeptSpans extends Tracing {
  override readonly isOn = true;
  readonly spans: Span[] = [];

  constructor(private readonly isSampling: boolean) {
    super();
  }

  override samples(): boolean {
    return this.isSampling;
  }

  override record(span: Span): void {
    this.spans.push(span);
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }
}

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';

async function told(
  url: string,
  { flag, isSampling = false }: { readonly flag?: '00' | '01'; readonly isSampling?: boolean } = {},
): Promise<readonly Span[]> {
  const tracing = new KeptSpans(isSampling);
  const server = fastify();
  RequestTraces.of(tracing)?.follow(server);
  for (const path of ['/app/:appId', '/health/live', '/metrics']) {
    server.get<{ Querystring: { status?: string } }>(path, (request, reply) =>
      reply.status(Number(request.query.status ?? 200)).send(''),
    );
  }
  const headers = flag === undefined ? {} : { traceparent: `00-${TRACE}-${CALLER}-${flag}` };
  await server.inject({ url, headers });
  await server.close();
  return tracing.spans;
}

describe('the span of a request', () => {
  it('is told where its caller records the trace, as a part of that', async () => {
    const [span, ...more] = await told('/app/one?token=secret-word', { flag: '01' });
    expect(more).toEqual([]);
    expect(span).toMatchObject({
      name: 'GET /app/:appId',
      kind: 'server',
      context: { traceId: TRACE, isSampled: true },
      parentSpanId: CALLER,
      attributes: { 'http.request.method': 'GET', 'http.response.status_code': 200, 'http.route': '/app/:appId' },
    });
    expect(JSON.stringify(span)).not.toMatch(/secret-word|\/app\/one/);
  });

  it('is told of the share of traces that begin here', async () => {
    expect(await told('/app/one', { isSampling: true })).toMatchObject([{ parentSpanId: undefined }]);
    expect(await told('/app/one')).toEqual([]);
  });

  it('is not told where the caller says so, whatever is sampled here', async () => {
    expect(await told('/app/one', { flag: '00', isSampling: true })).toEqual([]);
  });

  it('is told of every failure of ours, and as one', async () => {
    expect(await told('/app/one?status=503')).toMatchObject([{ error: '503' }]);
    expect(await told('/app/one?status=503', { flag: '00' })).toMatchObject([{ context: { traceId: TRACE } }]);
    expect(await told('/app/one?status=404')).toEqual([]);
  });

  it('is no stranger’s to ask for', async () => {
    expect(await told('/app/one?status=401', { flag: '01', isSampling: true })).toEqual([]);
  });

  it('is told of nothing that everybody asks all the time', async () => {
    expect(await told('/health/live?status=503', { flag: '01' })).toEqual([]);
    expect(await told('/metrics', { isSampling: true })).toEqual([]);
  });

  it('costs no hook while nothing is traced', () => {
    const off = Object.assign(new KeptSpans(true), { isOn: false });
    expect(RequestTraces.of(off)).toBeUndefined();
  });
});
