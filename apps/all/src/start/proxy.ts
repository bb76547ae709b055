import httpProxy from '@fastify/http-proxy';
import { fastify, type FastifyReply, type FastifyRequest } from 'fastify';

export interface Upstreams {
  /** Origins: http://127.0.0.1:8081 */
  readonly ingest: string;
  readonly api: string;
}

export interface Proxy {
  close(): Promise<void>;
}

const METHODS = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];
const INTAKE = /^\/api\/v1\/app\/[^/?]+\/msg(?:\/batch)?\/?(?:\?.*)?$/;

/** Publishing belongs to ingest; everything else to the api. deploy/proxy/nginx.conf says the same. */
export function belongsToIngest(method: string, url: string): boolean {
  return method === 'POST' && INTAKE.test(url);
}

/** One origin before roles that run apart. */
export async function startProxy(host: string, port: number, upstreams: Upstreams): Promise<Proxy> {
  const server = fastify({ forceCloseConnections: 'idle' });
  await server.register(httpProxy, {
    upstream: '',
    httpMethods: METHODS,
    undici: { connections: 256, pipelining: 1 },
    replyOptions: {
      getUpstream: (request) => (belongsToIngest(request.method, request.url) ? upstreams.ingest : upstreams.api),
      onError: (reply) => {
        const detail =
          'The process that answers this is not running just now; it is being started again. Try again in a second.';
        void reply.code(503).header('retry-after', '1').send({ code: 'unavailable', detail });
      },
    },
  });
  const refuse = (request: FastifyRequest, reply: FastifyReply): void => {
    const detail = `No path takes ${request.method}. The API reference at /docs lists every one.`;
    void reply.code(405).header('allow', METHODS.join(', ')).send({ code: 'method_not_allowed', detail });
  };
  server.setNotFoundHandler(refuse);
  // Before anything else it wants a QUERY to have a content type.
  server.addHook('onRequest', (request, reply, next) => {
    if (METHODS.includes(request.method)) next();
    else refuse(request, reply);
  });
  await server.listen({ host, port });
  return { close: () => server.close() };
}
