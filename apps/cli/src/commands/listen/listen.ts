import type { EndpointOut, EndpointSecretOut } from '@signpost/contracts';
import {
  isTypePattern,
  matches,
  newSymmetricSecret,
  parseSigningKey,
  type Asking,
  type EndpointId,
  type SigningKey,
} from '@signpost/domain';
import { inPath } from '../../api/client.js';
import type { Context } from '../../context.js';
import { InterruptedError, UsageError } from '../../errors.js';
import { shownDuration, shownTime } from '../../output/durations.js';
import { VERSION } from '../../version.js';
import { forward, type Forwarded } from './forward.js';
import type { ListenGiven } from './specification.js';
import { Tail, type TailedMessage } from './tail.js';

export async function listen(context: Context, given: ListenGiven): Promise<void> {
  const url = receiverUrl(given.to);
  const app = await context.app(given.app);
  const client = await context.client();
  const endpoint =
    given.endpoint === undefined
      ? undefined
      : await client.get<EndpointOut>(`/api/v1/app/${inPath(app)}/endpoint/${inPath(given.endpoint)}`);
  const secret = await secretOf(context, given, app, endpoint);
  const key = signingKey(secret);
  const { output } = context;
  if (given.printSecret) {
    if (output.isJson) output.json({ secret });
    else output.line(secret);
    return;
  }
  // Asked once before anything is said, so that a wrong application ends it.
  await client.get(`/api/v1/app/${inPath(app)}`);
  const eventTypes = given.eventTypes ?? endpoint?.eventTypes ?? undefined;
  // The API's list goes by names alone.
  const named = eventTypes?.some(isTypePattern) === true ? undefined : eventTypes;
  const { since, every: everyMs } = given;
  const tail = new Tail({ client, app, eventTypes: named, since, everyMs, signal: context.signal });
  const asked = {
    ...askedBy(endpoint),
    ...(eventTypes === undefined ? {} : { eventTypes }),
    ...(given.channels === undefined ? {} : { channels: given.channels }),
  };
  if (endpoint?.filters !== undefined) {
    output.note(
      `${endpoint.id} filters by content; here that is not done, and every message of its types is forwarded.`,
    );
  }
  await tail.start();
  if (output.isJson) output.jsonLine({ forwarding: url, app });
  output.note(`Forwarding messages of ${app} to ${url}. Verify them with ${secret}. Ctrl-C ends it.`);
  const forwarding = {
    url,
    key,
    headers: given.header ?? {},
    waitMs: given.wait,
    agent: `signpost-cli/${VERSION}`,
    signal: context.signal,
  };
  await forwardAll(context, given, tail, (message) => {
    const { eventType, channels } = message;
    if (!matches(asked, { eventType, ...(channels === null ? {} : { channels }) })) return undefined;
    return forward(message, forwarding);
  });
}

/** What the endpoint asked for, as matching has it. */
function askedBy(endpoint: EndpointOut | undefined): Asking {
  const { id, eventTypes, channels } = endpoint ?? { id: '', eventTypes: null, channels: null };
  return {
    id: id as EndpointId,
    ...(eventTypes === null ? {} : { eventTypes }),
    ...(channels === null ? {} : { channels }),
  };
}

async function forwardAll(
  context: Context,
  { concurrency, count = Infinity }: ListenGiven,
  tail: Tail,
  send: (message: TailedMessage) => Promise<Forwarded> | undefined,
): Promise<void> {
  const underway = new Set<Promise<void>>();
  let begun = 0;
  try {
    for await (const message of tail.messages()) {
      const sending = send(message);
      if (sending === undefined) continue;
      begun += 1;
      const shown = sending.then((result) => show(context, message, result)).finally(() => underway.delete(shown));
      underway.add(shown);
      if (begun >= count) break;
      if (underway.size >= concurrency) await Promise.race(underway);
    }
  } catch (error) {
    // Ctrl-C is how it is meant to end.
    if (!(error instanceof InterruptedError)) throw error;
  } finally {
    await Promise.all(underway);
  }
}

function show({ output, signal }: Context, message: TailedMessage, result: Forwarded): void {
  if (result.status === undefined && signal.aborted) return;
  const ageMs = Math.max(0, Date.now() - Date.parse(message.timestamp));
  const { id, eventType } = message;
  if (output.isJson) {
    const { status, error, tookMs } = result;
    output.jsonLine({ at: new Date().toISOString(), id, eventType, status: status ?? null, error, tookMs, ageMs });
    return;
  }
  const isGood = result.status !== undefined && result.status >= 200 && result.status < 300;
  const answer = output.paint(isGood ? 'green' : 'red', String(result.status ?? result.error ?? ''));
  const took = output.paint('dim', shownDuration(result.tookMs));
  output.line(`${output.paint('dim', shownTime(new Date()).slice(11))}  ${eventType}  ${id}  ${answer}  ${took}`);
}

async function secretOf(
  context: Context,
  given: ListenGiven,
  app: string,
  endpoint: EndpointOut | undefined,
): Promise<string> {
  if (given.secret !== undefined) return given.secret;
  if (endpoint !== undefined) {
    const path = `/api/v1/app/${inPath(app)}/endpoint/${inPath(endpoint.id)}/secret`;
    const { key } = await (await context.client()).get<EndpointSecretOut>(path);
    if (!key.startsWith('whpk_')) return key;
    context.output.note(
      'The endpoint signs with a key pair, whose private half nobody is given: a secret of your own signs here.',
    );
  }
  return ownSecret(context);
}

/** Made once and kept, so that a receiver under development is configured once. */
async function ownSecret(context: Context): Promise<string> {
  const { listenSecret, profile, isProfileKnown } = await context.settings();
  if (listenSecret !== undefined) return listenSecret;
  const made = newSymmetricSecret();
  if (isProfileKnown) await context.profiles.change(profile, (kept) => ({ ...kept, listenSecret: made }));
  return made;
}

function signingKey(secret: string): SigningKey {
  try {
    return parseSigningKey(secret);
  } catch (error) {
    throw new UsageError(`The secret is none: ${(error as Error).message}`, 'Give one of the form whsec_<base64>.');
  }
}

function receiverUrl(to: string): string {
  if (/^\d{1,5}$/.test(to) && Number(to) > 0 && Number(to) < 65_536) return `http://127.0.0.1:${to}/`;
  const url = /^https?:\/\//.test(to) && URL.canParse(to) ? new URL(to) : undefined;
  if (url !== undefined) return url.href;
  throw new UsageError(
    `"${to}" is neither a port nor a URL`,
    'Give a port such as 3000, or http://localhost:3000/hooks.',
  );
}
