import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { checkSignature, parseVerificationKey } from '@signpost/domain';
import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { shownDuration, shownTime } from '../../output/durations.js';
import { SinkReceiver, type SinkRequest } from './receiver.js';
import type { SinkGiven } from './specification.js';
import { SinkSummary } from './summary.js';

export async function sink(context: Context, given: SinkGiven): Promise<void> {
  if (given.secret !== undefined) checkSecret(given.secret);
  if (given.failStatus !== undefined && given.failStatus !== 0 && given.failStatus < 200) {
    throw new UsageError('--fail-status is no final status', 'Give one from 200 to 599, or 0 to close the connection.');
  }
  const file = given.record === undefined ? undefined : await openRecord(given.record);
  const summary = new SinkSummary();
  const enough = new AbortController();
  const { status = 200, failRate = 0, failStatus = 503, latency = { least: 0, most: 0 }, host = '127.0.0.1' } = given;
  const receiver = await SinkReceiver.open(given.port, host, {
    behaviour: { status, failRate, failStatus, latency },
    retryAfterSeconds: given.retryAfter,
    seed: given.seed,
    taken: (request, body) => {
      const verdict = given.secret === undefined ? undefined : verdictOf(request, body, given.secret);
      summary.add(request, verdict);
      file?.write(`${JSON.stringify(verdict === undefined ? request : { ...request, signature: verdict })}\n`);
      show(context, request, verdict);
      if (summary.requests === given.count) enough.abort();
    },
  });
  const where = `http://${host}:${String(receiver.port)}`;
  if (context.output.isJson) context.output.jsonLine({ listening: where });
  else context.output.line(`Listening at ${where}; ${where}/__requests shows the last requests. Ctrl-C ends it.`);
  await aborted(AbortSignal.any([context.signal, enough.signal]));
  await receiver.close();
  if (file !== undefined) await new Promise<void>((done) => file.end(done));
  if (!context.output.isJson) summary.print(context.output);
  else context.output.jsonLine({ summary: summary.toJson() });
}

function show({ output }: Context, request: SinkRequest, verdict: string | undefined): void {
  if (output.isJson) {
    output.jsonLine(verdict === undefined ? request : { ...request, signature: verdict });
    return;
  }
  const { at, method, path, headers, status, delayMs, body, bodyBase64 } = request;
  const isGood = status >= 200 && status < 300;
  const bytes = body === undefined ? Buffer.byteLength(bodyBase64 ?? '', 'base64') : Buffer.byteLength(body);
  const parts = [
    output.paint('dim', shownTime(at).slice(11)),
    `${method} ${path}`,
    headers['webhook-id'] ?? '',
    `${String(bytes)} bytes`,
    output.paint(isGood ? 'green' : 'red', status === 0 ? 'closed' : String(status)),
    delayMs === 0 ? '' : shownDuration(delayMs),
    verdict === undefined ? '' : output.paint(verdict === 'valid' ? 'green' : 'red', `signature: ${verdict}`),
  ];
  output.line(parts.filter((part) => part !== '').join('  '));
}

/** "valid", or the parts that do not fit. */
function verdictOf({ headers }: SinkRequest, body: Buffer, secret: string): string {
  const { isValid, findings } = checkSignature({ headers, body }, secret, Date.now());
  return isValid ? 'valid' : [...new Set(findings.map(({ part }) => part))].join(', ');
}

function checkSecret(secret: string): void {
  try {
    parseVerificationKey(secret);
  } catch (error) {
    throw new UsageError(`The secret is none: ${(error as Error).message}`, 'Give one of the form whsec_<base64>.');
  }
}

async function openRecord(name: string): Promise<WriteStream> {
  const file = createWriteStream(name, { flags: 'a' });
  try {
    await once(file, 'open');
  } catch (error) {
    throw new UsageError(`${name} cannot be written: ${(error as Error).message}`, 'Name a file in a folder of yours.');
  }
  return file;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
}
