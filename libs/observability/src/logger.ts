import type { LoggerService } from '@nestjs/common';
import { loggedError } from './logged-error.js';
import { pino, type Logger as PinoLogger } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** JSON lines on standard output or in a file. Never a payload, never a secret (promise 9). */
export class Log {
  constructor(private readonly pino: PinoLogger) {}

  static create(level: LogLevel, service: string, file?: string): Log {
    const serializers = { err: loggedError };
    const options = { level, base: { service }, timestamp: pino.stdTimeFunctions.isoTime, serializers };
    return new Log(file === undefined ? pino(options) : pino(options, pino.destination({ dest: file, sync: true })));
  }

  debug(message: string, fields: Record<string, unknown> = {}): void {
    this.pino.debug(fields, message);
  }

  info(message: string, fields: Record<string, unknown> = {}): void {
    this.pino.info(fields, message);
  }

  warn(message: string, fields: Record<string, unknown> = {}): void {
    this.pino.warn(fields, message);
  }

  /** Of `error` its type, code, message, stack and causes: loggedError(). */
  error(message: string, error?: unknown, fields: Record<string, unknown> = {}): void {
    this.pino.error(error === undefined ? fields : { ...fields, err: error }, message);
  }
}

/** Nest's own words: its boot messages at debug, so that a quiet start is quiet. */
export class NestLog implements LoggerService {
  constructor(private readonly log_: Log) {}

  log(message: unknown, context?: unknown): void {
    this.log_.debug(String(message), { context });
  }

  warn(message: unknown, context?: unknown): void {
    this.log_.warn(String(message), { context });
  }

  error(message: unknown, stack?: unknown, context?: unknown): void {
    this.log_.error(String(message), undefined, { stack, context });
  }
}
