import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readTraceContext } from '@signpost/domain';
import { ATTRIBUTE, EntryTrace, type Tracing } from '@signpost/observability';

/** What every process answers, many times a minute: nobody follows an event through it. */
const PLATFORM = /^\/(?:health\/|metrics$)/;

/** A SERVER span for each request whose trace is recorded, and for every one that failed. */
export class RequestTraces {
  private readonly traces = new WeakMap<FastifyRequest, EntryTrace>();
  private readonly told = new WeakSet<FastifyRequest>();

  private constructor(private readonly tracing: Tracing) {}

  /** Undefined while nothing is traced: then no request has a hook of ours. */
  static of(tracing: Tracing): RequestTraces | undefined {
    return tracing.isOn ? new RequestTraces(tracing) : undefined;
  }

  follow(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (request, _reply, done) => {
      if (!PLATFORM.test(request.routeOptions.url ?? '')) this.traces.set(request, this.begun(request));
      done();
    });
    fastify.addHook('onResponse', (request, reply, done) => {
      const trace = this.traces.get(request);
      if (trace !== undefined) this.ended(trace, request, reply);
      done();
    });
  }

  traceOf(request: FastifyRequest): EntryTrace | undefined {
    return this.traces.get(request);
  }

  /** The id of the trace that told of the request. */
  toldOf(request: FastifyRequest): string | undefined {
    return this.told.has(request) ? this.traces.get(request)?.context.traceId : undefined;
  }

  private begun({ headers: { traceparent, tracestate } }: FastifyRequest): EntryTrace {
    const parent = readTraceContext(oneOf(traceparent), oneOf(tracestate));
    return new EntryTrace(parent, parent?.isSampled ?? this.tracing.samples());
  }

  private ended(trace: EntryTrace, request: FastifyRequest, reply: FastifyReply): void {
    const { method, routeOptions } = request;
    const { statusCode: status } = reply;
    const failed = status >= 500;
    // Whoever has no key decides nothing here: neither by a flag of theirs nor by what is refused them.
    const isStranger = status === 401;
    if (!failed && (isStranger || (!trace.isSampled && trace.refusal === undefined))) return;
    this.told.add(request);
    const endMs = Date.now();
    const { url: route } = routeOptions;
    const error = failed ? String(status) : trace.refusal;
    this.tracing.record({
      name: route === undefined ? method : `${method} ${route}`,
      kind: 'server',
      context: trace.context,
      parentSpanId: trace.parent?.spanId,
      startMs: endMs - reply.elapsedTime,
      endMs,
      // No path and no query: they may hold what is nobody else's business.
      attributes: {
        [ATTRIBUTE.httpRequestMethod]: method,
        [ATTRIBUTE.httpResponseStatus]: status,
        ...(route === undefined ? {} : { [ATTRIBUTE.httpRoute]: route }),
      },
      ...(error === undefined ? {} : { error }),
      ...(failed ? {} : { isCallersFault: true as const }),
    });
  }
}

/** A header that came twice contradicts itself. */
const oneOf = (header: string | readonly string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : undefined;
