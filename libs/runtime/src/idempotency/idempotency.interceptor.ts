import { SetMetadata, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import type { IdempotentRequests } from './idempotent-requests.js';

const BY_ITSELF = 'signpost:idempotent-by-itself';

/** The handler sees to its Idempotency-Keys by itself, with IdempotentRequests. */
export const IdempotentByItself = (): MethodDecorator => SetMetadata(BY_ITSELF, true);

/** `Idempotency-Key` on every POST that does not see to it by itself. */
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly requests: IdempotentRequests) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    if (Reflect.getMetadata(BY_ITSELF, context.getHandler()) === true) return next.handle();
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const handle = (): Promise<unknown> => lastValueFrom(next.handle(), { defaultValue: undefined });
    return from(this.requests.during({ request, reply, options: {}, handle }));
  }
}
