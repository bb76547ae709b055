import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { DatabaseUnavailableError, NameTakenError, SinkUnavailableError } from '@signpost/ports';
import { ApiError } from '@signpost/runtime';
import { catchError, throwError, type Observable } from 'rxjs';

/** Says what the ports' errors mean to whoever called the API. */
@Injectable()
export class PortErrors implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(catchError((error: unknown) => throwError(() => translated(error))));
  }
}

function translated(error: unknown): unknown {
  if (error instanceof NameTakenError) {
    return new ApiError(
      409,
      'conflict',
      `The ${error.field} ${JSON.stringify(error.value)} is already taken. Choose another, or update what has it.`,
    );
  }
  if (error instanceof DatabaseUnavailableError) {
    return new ApiError(
      503,
      'database_unavailable',
      'The database does not answer. Deliveries go on without it; try again in a few seconds.',
      5,
    );
  }
  if (error instanceof SinkUnavailableError) {
    return new ApiError(
      503,
      'kafka_unavailable',
      'Kafka did not confirm, so nothing is promised of what was asked for. Ask again after the time in Retry-After.',
      1,
    );
  }
  return error;
}
