import { deadLetterHeaders, deadLetterOf, rejectedRecord, TOPICS, type AttemptFact } from '@signpost/contracts';
import {
  deliveryIdOf,
  newId,
  type ApplicationId,
  type Capability,
  type DeliveryId,
  type EndpointId,
  type MessageId,
  type OrganisationId,
} from '@signpost/domain';
import { query, until } from '@signpost/testing';
import type { ApiScene } from '../support.js';

/** An organisation that has one of everything, each marked with a text that nobody else may ever read. */
export interface Tenant {
  readonly name: string;
  readonly key: string;
  readonly organisationId: string;
  /** What stands in paths, by the parameter's name. */
  readonly ids: Readonly<Record<string, string>>;
  /** The same, with the owner's uids where there are any. */
  readonly uids: Readonly<Record<string, string>>;
  /** Texts that only this organisation may read. */
  readonly own: readonly string[];
}

export async function aTenant(scene: ApiScene, name: string): Promise<Tenant> {
  const mark = `only-for-${name}`;
  const key = await scene.keyOf(name);
  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await scene.call(method, `/api/v1/${path}`, body, key);
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${String(answer.status)}: ${answer.text}`);
    return answer.body;
  };
  const eventType = `tenancy.${name}`;
  const app = (await call('POST', 'app', { name: mark, uid: `app-of-${name}`, metadata: { mark } }))
    .id as ApplicationId;
  const schemas = { '1': { type: 'object', title: mark, examples: [{ mark }] } };
  await call('POST', 'event-type', { name: eventType, description: mark, schemas });
  const endpoint = (
    await call('POST', `app/${app}/endpoint`, {
      url: `https://example.com/${mark}`,
      uid: `endpoint-of-${name}`,
      description: mark,
    })
  ).id as EndpointId;
  const code = `function handler(webhook) { console.log('${mark}'); return webhook; }`;
  await call('PUT', `app/${app}/endpoint/${endpoint}/transformation`, { code });
  const secret = (await call('GET', `app/${app}/endpoint/${endpoint}/secret`)).key;
  const eventId = `event-of-${name}`;
  const message = (await call('POST', `app/${app}/msg`, { eventType, eventId, payload: { mark } })).id as MessageId;
  const attempt = anAttempt(app, endpoint, message, { eventType, responseBody: mark });
  await scene.tell(
    { kind: 'matched', messageId: message, applicationId: app, atMs: Date.now(), endpointIds: [endpoint] },
    attempt,
  );
  await until(() => call('GET', `app/${app}/msg/${message}/attempt/${attempt.attemptId}`), {
    timeoutMs: 20_000,
    what: 'the attempt to be recorded',
  });
  const task = (await call('POST', `app/${app}/endpoint/${endpoint}/recover`, { since: new Date().toISOString() })).id;
  await until(async () => String((await call('GET', `background-task/${task}`)).status) === 'finished', {
    timeoutMs: 20_000,
    what: 'the recovery to end',
  });
  const dead = await aDeadLetter(scene, app, endpoint, eventType, mark);
  await until(() => call('GET', `dead-letter/${dead}`), { timeoutMs: 20_000, what: 'the dead letter to be indexed' });
  const spare = await call('POST', 'management/authentication/api-token', { name: mark, scopes: ['read'] });
  const [row] = await query(scene.databaseUrl, `SELECT organisation_id FROM applications WHERE id = '${app}'`);
  const rejected = await aRejectedRecord(scene, String(row?.['organisation_id']) as OrganisationId, mark);
  const listed = async (): Promise<string | undefined> => (await call('GET', 'rejected')).data[0]?.id;
  await until(async () => (await listed()) !== undefined, { timeoutMs: 20_000, what: `${rejected} to be indexed` });
  const ids = {
    app_id: app,
    endpoint_id: endpoint,
    msg_id: message,
    attempt_id: attempt.attemptId,
    event_type_name: eventType,
    key_id: spare.id,
    task_id: task,
    any_id: message,
    recovery_id: task,
    delivery_id: dead,
    rejected_id: (await listed()) ?? '',
    version: '1',
  };
  return {
    name,
    key,
    organisationId: String(row?.['organisation_id']),
    ids,
    uids: { ...ids, app_id: `app-of-${name}`, endpoint_id: `endpoint-of-${name}`, msg_id: eventId, any_id: eventId },
    own: [mark, secret, app, endpoint, message, attempt.attemptId, spare.id, task, dead],
  };
}

export async function portalToken(
  scene: ApiScene,
  { key }: Pick<Tenant, 'key'>,
  appId: string,
  capabilities?: readonly Capability[],
): Promise<string> {
  const answer = await scene.call('POST', `/api/v1/auth/app-portal-access/${appId}`, { capabilities }, key);
  if (answer.status !== 200) throw new Error(`no portal token: ${answer.text}`);
  return (answer.body as unknown as { readonly token: string }).token;
}

function anAttempt(
  applicationId: ApplicationId,
  endpointId: EndpointId,
  messageId: MessageId,
  given: Pick<AttemptFact, 'eventType' | 'responseBody'>,
): AttemptFact {
  const atMs = Date.now();
  return {
    kind: 'attempt',
    deliveryId: deliveryIdOf(messageId, endpointId),
    messageId,
    applicationId,
    endpointId,
    attemptId: newId('atmpt', atMs),
    attempt: 1,
    url: 'https://example.com/',
    outcome: 'delivered',
    status: 200,
    timing: { firstByteMs: 3, totalMs: 4.4 },
    trigger: 'scheduled',
    fate: 'delivered',
    ...given,
    atMs,
  };
}

/** Returns the name of the topic that it came from. */
async function aRejectedRecord(scene: ApiScene, organisationId: OrganisationId, mark: string): Promise<string> {
  const source = { topic: `topic-${mark}`, partition: 0, offset: 1 };
  const rejection = { code: 'event_type_invalid', reason: mark, source, atMs: Date.now(), organisationId };
  await scene.sink.append(
    rejectedRecord(rejection, { value: Buffer.from(JSON.stringify({ mark })), headers: { mark } }),
  );
  return source.topic;
}

/** Of a message that nobody else may know of either: the delivery's id. */
async function aDeadLetter(
  scene: ApiScene,
  applicationId: ApplicationId,
  endpointId: EndpointId,
  eventType: string,
  lastFailure: string,
): Promise<DeliveryId> {
  const atMs = Date.now();
  const messageId = newId('msg', atMs);
  const id = deliveryIdOf(messageId, endpointId);
  const of = { id, messageId, applicationId, endpointId, endpointVersion: 1, eventType, acceptedAtMs: atMs };
  const letter = deadLetterOf({
    delivery: { ...of, attempt: 3 },
    reason: 'attempts-exhausted',
    failures: { firstAtMs: atMs, lastAtMs: atMs, last: lastFailure },
    origin: { topic: TOPICS.deliveries, partition: 0, offset: 1 },
    atMs,
  });
  const headers = deadLetterHeaders(letter);
  await scene.sink.append({ topic: TOPICS.deadLetter, key: endpointId, value: Buffer.from('{}'), headers });
  return id;
}
