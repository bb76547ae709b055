import 'reflect-metadata';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Health, Log, Metrics, NestLog, Tracing } from '@signpost/observability';
import { inRequest } from './access/acting.js';
import { Fatal } from './fatal.js';
import { ApiError } from './http/api-error.js';
import { announcedBytes, BodiesUnderWay } from './http/bodies-under-way.js';
import { ErrorFilter } from './http/error.filter.js';
import type { RuntimeConfig } from './config.js';
import { Methods } from './http/methods.js';
import { PlatformController } from './http/platform.controller.js';
import { measureRequests } from './http/request-metrics.js';
import { showProcess } from './process-readings.js';
import { RequestTraces } from './http/request-traces.js';
import { runtimeModule, runtimeOf } from './runtime.module.js';
import type { Role } from './role.js';

@Module({})
class ProcessModule {
  static of(roles: readonly Role[], env: NodeJS.ProcessEnv): DynamicModule {
    return {
      module: ProcessModule,
      imports: [runtimeModule(env), ...roles.map((role) => role.module(env))],
      controllers: [PlatformController],
    };
  }
}

export interface RunningProcess {
  readonly app: NestFastifyApplication;
  readonly port: number;
  readonly fatal: Fatal;
  /** Takes in nothing new, waits for what is under way up to the grace period, and leaves. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts the roles in this process: the listener first, so that health tells the truth while the rest comes up;
 * then what they need; then their consumers. Resolves when all of them work.
 */
export async function boot(roles: readonly Role[], env: NodeJS.ProcessEnv): Promise<RunningProcess> {
  const app = await createApp(roles, env);
  const { config } = runtimeOf(env);
  let phase: 'starting' | 'working' | 'stopping' = 'starting';
  app
    .get(Health)
    .addReadiness('process', () =>
      phase === 'working' ? Promise.resolve() : Promise.reject(new Error(`the process is ${phase}`)),
    );
  showProcess(
    app.get(Metrics),
    roles.map(({ name }) => name),
  );
  await app.listen({ host: config.host, port: config.port });
  const stop = async (): Promise<void> => {
    phase = 'stopping';
    await app.close();
    // Last, for what the roles did on their way out is told too.
    await app.get(Tracing).close(config.shutdownGraceMs);
  };
  try {
    for (const role of roles) await role.prepare?.(app);
    for (const role of roles) {
      for (const strategy of role.strategies?.(app) ?? []) app.connectMicroservice({ strategy });
    }
    await app.startAllMicroservices();
  } catch (error) {
    await stop();
    throw error;
  }
  phase = 'working';
  const port = Number(new URL(await app.getUrl()).port);
  app.get(Log).info('ready', { roles: roles.map((role) => role.name), port });
  return { app, port, fatal: app.get(Fatal), stop };
}

async function createApp(roles: readonly Role[], env: NodeJS.ProcessEnv): Promise<NestFastifyApplication> {
  const { config, log } = runtimeOf(env);
  const adapter = new FastifyAdapter({
    bodyLimit: config.bodyLimitBytes,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 512 },
    trustProxy: config.trustedProxies.length > 0 && [...config.trustedProxies],
    // What the framework refuses before any route is found: a path that does not decode.
    frameworkErrors: (error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
      const detail = `${error.message}. Escape the path as RFC 3986 has it: each % is followed by two hexadecimal digits.`;
      void reply.status(error.statusCode ?? 400).send({ code: 'bad_request', detail });
    },
  });
  const app = await NestFactory.create<NestFastifyApplication>(ProcessModule.of(roles, env), adapter, {
    bodyParser: false,
    logger: new NestLog(log),
    abortOnError: false,
  });
  const methods = new Methods();
  methods.follow(app.getHttpAdapter().getInstance());
  // Bytes stay bytes: what is signed has to be what came in, so nobody parses a body on the way.
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeContentTypeParser('text/plain');
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const coding = request.headers['content-encoding'] ?? 'identity';
    if (coding.toLowerCase() === 'identity') done(null, body);
    // Its size once unpacked would be its sender's to choose.
    else
      done(
        new ApiError(
          415,
          'unsupported_media_type',
          `The body is sent as ${coding.slice(0, 50)}. Send it as it is, without content-encoding.`,
        ),
      );
  });
  // Before whatever may refuse a request: what is refused counts, too.
  const traces = RequestTraces.of(app.get(Tracing));
  measureRequests(fastify, app.get(Metrics), (request) => traces?.toldOf(request));
  traces?.follow(fastify);
  shedLoad(app, config);
  // After the body has been read: what listens to its bytes runs in no scene of ours.
  fastify.addHook('preValidation', (request, _reply, done) => {
    inRequest(() => {
      done();
    }, traces?.traceOf(request));
  });
  app.useGlobalFilters(new ErrorFilter(log, methods));
  return app;
}

/** Refuses a body before it is read while those that are under way take up all the room. */
function shedLoad(app: NestFastifyApplication, config: RuntimeConfig): void {
  const bodies = new BodiesUnderWay(config.bodiesBytes);
  const { requestsShed } = app.get(Metrics).of;
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, reply, done) => {
      const bytes = announcedBytes(request.headers, config.bodyLimitBytes);
      if (bytes === 0 || bodies.take(bytes)) {
        // Also when the caller goes away in between.
        if (bytes > 0) reply.raw.once('close', () => bodies.release(bytes));
        done();
        return;
      }
      requestsShed.inc();
      const detail =
        'More is being taken in than there is room for. Send the request again after the time in Retry-After.';
      void reply.status(503).header('retry-after', '1').send({ code: 'busy', detail });
    });
}
