import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Log } from '@signpost/observability';
import { requestTrace } from '../access/acting.js';
import { ApiError, ValidationError } from './api-error.js';
import { Methods } from './methods.js';

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfterSeconds?: number | undefined;
  readonly allow?: readonly string[];
}

/** Every failure leaves in one form: { code, detail }, or a list of located faults for 422. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(
    private readonly log: Log,
    private readonly methods: Methods,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const request = http.getRequest<FastifyRequest>();
    const answer = this.wrongMethod(error, request) ?? answerFor(error);
    if (answer.status >= 500 && !(error instanceof ApiError)) {
      const trace = requestTrace()?.context;
      const of = trace === undefined ? {} : { traceId: trace.traceId, spanId: trace.spanId };
      this.log.error('a request failed', error, { method: request.method, route: request.routeOptions.url, ...of });
    }
    if (answer.retryAfterSeconds !== undefined) void reply.header('retry-after', String(answer.retryAfterSeconds));
    if (answer.allow !== undefined) void reply.header('allow', answer.allow.join(', '));
    void reply.status(answer.status).header('content-type', 'application/json').send(JSON.stringify(answer.body));
  }

  /** The framework tells of a path that it knows under another method what it tells of one that it does not know. */
  private wrongMethod(error: unknown, { method, url }: FastifyRequest): Answer | undefined {
    if (!(error instanceof HttpException) || error.getStatus() !== 404) return undefined;
    const allow = this.methods.of(url);
    if (allow.length === 0 || allow.includes(method)) return undefined;
    const detail = `This path takes ${allow.join(', ')}, and not ${method}. The API reference at /docs lists every one.`;
    return { ...problem(405, 'method_not_allowed', detail), allow };
  }
}

function answerFor(error: unknown): Answer {
  if (error instanceof ValidationError) return { status: 422, body: { detail: error.faults } };
  if (error instanceof ApiError) {
    return {
      status: error.status,
      body: { code: error.code, detail: error.message },
      retryAfterSeconds: error.retryAfterSeconds,
    };
  }
  const status = statusOf(error);
  switch (status) {
    case 404:
      return problem(404, 'not_found', 'There is no such path. The API reference at /docs lists every one.');
    case 413:
      return problem(
        413,
        'body_too_large',
        'The body is larger than this server takes. Send fewer or smaller messages in one request.',
      );
    case 415:
      return problem(415, 'unsupported_media_type', 'Send the body as application/json.');
    default:
      if (status >= 400 && status < 500)
        return problem(status, 'bad_request', error instanceof Error ? error.message : 'The request is malformed.');
      return problem(
        500,
        'internal_error',
        'Something went wrong on our side; it has been logged. Try again, and report it if it stays.',
      );
  }
}

function problem(status: number, code: string, detail: string): Answer {
  return { status, body: { code, detail } };
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  // Fastify's own errors (body limit, media type) carry their status.
  if (typeof error === 'object' && error !== null && 'statusCode' in error && typeof error.statusCode === 'number')
    return error.statusCode;
  return 500;
}
