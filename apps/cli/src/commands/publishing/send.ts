import { randomUUID } from 'node:crypto';
import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { jsonObject, readInput } from '../../read-input.js';
import { publish } from './publish.js';
import type { SendGiven } from './specification.js';

export async function send(context: Context, given: SendGiven): Promise<void> {
  const app = await context.app(given.app);
  const payload = await payloadOf(context, given);
  const { eventType, channels, conversation, eventId } = given;
  const idempotencyKey = given.idempotencyKey ?? randomUUID();
  const client = await context.client();
  const message = await publish(client, { app, eventType, payload, channels, conversation, eventId, idempotencyKey });
  if (context.output.isJson) {
    context.output.json(message);
    return;
  }
  context.output.line(message.id);
  context.output.note(`signpost deliveries show ${message.id} --app ${app} shows what became of it.`);
}

async function payloadOf(context: Context, given: SendGiven): Promise<Buffer> {
  const { data, payload, file, payloadFile, eventType } = given;
  const named = Object.entries({ data, payload, file, payloadFile }).filter(([, value]) => value !== undefined);
  if (named.length > 1) {
    throw new UsageError('--data, --payload, --file and --payload-file exclude each other', 'Give one of them.');
  }
  if (payload !== undefined || payloadFile !== undefined) {
    const bytes =
      payload === undefined ? await readInput(payloadFile ?? '-', context.surroundings) : Buffer.from(payload);
    jsonObject(bytes.toString('utf8'), 'The payload');
    return bytes;
  }
  if (data === undefined && file === undefined) {
    throw new UsageError(
      'What is to be sent? None of --data, --payload, --file and --payload-file is given',
      'Give one of them; `signpost trigger` sends an example.',
    );
  }
  const { timestamp, idempotencyKey } = given;
  if (idempotencyKey !== undefined && timestamp === undefined) {
    throw new UsageError(
      '--idempotency-key is given and --timestamp is not: the time of now would make the next try another event',
      'Add --timestamp, or give the whole --payload.',
    );
  }
  const text = data ?? (await readInput(file ?? '-', context.surroundings)).toString('utf8');
  jsonObject(text, 'The data');
  // The data stands as it was given, large numbers and all.
  const head = JSON.stringify({ type: eventType, timestamp: (timestamp ?? new Date()).toISOString() });
  return Buffer.from(`${head.slice(0, -1)},"data":${text.trim()}}`);
}
