// npm install && WEBHOOK_SECRETS=whsec_… PORT=8090 node receiver.mjs
import { createServer } from 'node:http';
import { setImmediate } from 'node:timers';
import { Webhook } from 'standardwebhooks';

const MOST_BYTES = 1_048_576;
const MOST_WAITING = 1_000;

// More than one while a secret is rotated, newest first.
const webhooks = process.env.WEBHOOK_SECRETS.split(' ').map((secret) => new Webhook(secret));
// In a real service: a table with webhook-id as its key, and a queue that outlives the process.
const seen = new Set();
const waiting = [];

async function take(request) {
  const body = await bodyOf(request);
  if (body === undefined) return 413;
  const event = verified(body, request.headers);
  if (event === undefined) return 401;
  if (typeof event?.type !== 'string') return 400;
  const id = request.headers['webhook-id'];
  if (seen.has(id)) return 204;
  // Full: Signpost comes back later, and slowly.
  if (waiting.length >= MOST_WAITING) return 503;
  seen.add(id);
  waiting.push({ id, event });
  setImmediate(work);
  return 204;
}

async function bodyOf(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= MOST_BYTES) chunks.push(chunk);
  }
  return size <= MOST_BYTES ? Buffer.concat(chunks) : undefined;
}

function verified(body, headers) {
  for (const webhook of webhooks) {
    try {
      // Over the bytes as they came: a body that was parsed and written again has another signature.
      return webhook.verify(body, headers) ?? null;
    } catch {
      // Perhaps it was signed with the next secret.
    }
  }
  return undefined;
}

function work() {
  const { id, event } = waiting.shift();
  console.log(`worked ${id} ${event.type}`);
}

const server = createServer((request, response) => {
  take(request).then(
    (status) => response.writeHead(status).end(),
    () => response.destroy(),
  );
});
server.listen(Number(process.env.PORT ?? 8090), () => console.log(`listening on ${server.address().port}`));
