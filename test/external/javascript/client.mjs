// Drives Signpost with the Svix SDK of either major; tells each step on stdout (test/external/svix/steps.ts).
import { createInterface } from 'node:readline';
import * as imported from 'svix';

// The older major is CommonJS.
const { Svix, Webhook } = imported.Svix === undefined ? imported.default : imported;
const { SIGNPOST_URL, SIGNPOST_KEY, RECEIVER_URL, RECEIVER_PATH } = process.env;
const MAJOR = Number(process.env.SVIX_MAJOR);
const url = `${RECEIVER_URL}${RECEIVER_PATH}`;
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const svix = new Svix(SIGNPOST_KEY, { serverUrl: SIGNPOST_URL });

const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** Runs one step; whatever it throws is its result. */
async function step(name, run) {
  try {
    tell({ step: name, result: (await run()) ?? {} });
  } catch (error) {
    tell({ step: name, error: `${String(error)} ${JSON.stringify(error?.body ?? '')}` });
  }
}

async function ask(question) {
  tell(question);
  const answer = JSON.parse((await lines.next()).value);
  if (answer.error !== undefined) throw new Error(answer.error);
  return answer;
}

/** The error that `run` has to end with, as the SDK gives it. */
async function failure(run) {
  const error = await errorOf(run);
  return { status: error.code, code: error.body.code, detail: error.body.detail };
}

async function errorOf(run) {
  try {
    await run();
  } catch (error) {
    if (error.body === undefined) throw error;
    return error;
  }
  throw new Error('no error was thrown');
}

function verifies(secret, { headers, body }) {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

const OTHER_SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const eventTypes = MAJOR === 1 ? 'filterTypes' : 'eventTypes';
const upsert = MAJOR === 1 ? 'update' : 'upsert';
const app = 'shop';
const ids = (list) => list.data.map(({ id }) => id);
let endpoint, message, attempt, oldSecret, newSecret, failing, task, example, portal;

await step('health.get', () => svix.health.get().then(() => undefined));

await step('application.create', async () => {
  const out = await svix.application.create({ name: 'Shop', uid: app, metadata: { plan: 'pro' } });
  return { id: out.id, uid: out.uid, name: out.name, plan: out.metadata.plan, createdAt: out.createdAt.toISOString() };
});
await step('application.get-or-create', async () => {
  const { id, name } = await svix.application.getOrCreate({ name: 'Another name', uid: app });
  return { id, name };
});
await step('application.get', async () => {
  const { id, uid } = await svix.application.get(app);
  return { id, uid };
});
await step('application.update', async () => {
  const { id, name, uid } = await svix.application[upsert](app, { name: 'Shop, replaced', uid: app });
  return { id, name, uid };
});
await step('application.upsert', async () => {
  const { id, name, uid } = await svix.application[upsert]('second', { name: 'Second', uid: 'second' });
  return { id, name, uid };
});
await step('application.patch', async () => {
  const { id, name, uid } = await svix.application.patch(app, { name: 'Shop, patched' });
  return { id, name, uid };
});
await step('application.list', async () => {
  const uids = [];
  let pages = 0;
  let iterator;
  for (let done = false; !done; pages += 1) {
    const page = await svix.application.list({ limit: 1, iterator });
    uids.push(...page.data.map(({ uid }) => uid));
    ({ iterator, done } = page);
  }
  return { uids: uids.sort(), pages };
});
await step('application.delete', () => svix.application.delete('second'));

const eventType = 'invoice.paid';
const schemas = { 1: { type: 'object', properties: { amount: { type: 'integer' } }, examples: [{ amount: 5 }] } };
await step('event-type.create', async () => {
  const out = await svix.eventType.create({ name: eventType, description: 'An invoice was paid', schemas });
  return { name: out.name, description: out.description, archived: out.archived };
});
await step('event-type.get', async () => {
  const out = await svix.eventType.get(eventType);
  return { name: out.name, versions: Object.keys(out.schemas) };
});
await step('event-type.update', async () => {
  const { description } = await svix.eventType[upsert](eventType, { description: 'Replaced', schemas });
  return { description };
});
await step('event-type.patch', async () => {
  const { description } = await svix.eventType.patch(eventType, { description: 'Patched' });
  return { description };
});
await step('event-type.list', async () => {
  const { data } = await svix.eventType.list({ withContent: true });
  return { names: data.map(({ name }) => name) };
});

await step('endpoint.create', async () => {
  const out = await svix.endpoint.create(app, {
    url,
    uid: 'main',
    description: 'Created',
    [eventTypes]: [eventType],
    channels: ['eu'],
    metadata: { team: 'billing' },
  });
  endpoint = out.id;
  const { id, uid, description, channels, disabled, metadata } = out;
  const shown = { id, uid, url: out.url, description, channels, disabled, team: metadata.team };
  return { ...shown, eventTypes: out[eventTypes] };
});
await step('endpoint.get', async () => {
  const out = await svix.endpoint.get(app, 'main');
  return { id: out.id, eventTypes: out[eventTypes] };
});
await step('endpoint.update', async () => {
  const replaced = { url, uid: 'main', description: 'Replaced', [eventTypes]: [eventType], channels: ['eu'] };
  const out = await svix.endpoint[upsert](app, endpoint, replaced);
  return { id: out.id, description: out.description, eventTypes: out[eventTypes] };
});
await step('endpoint.patch', async () => {
  const out = await svix.endpoint.patch(app, endpoint, { description: 'Patched' });
  return { id: out.id, description: out.description, eventTypes: out[eventTypes] };
});
await step('endpoint.list', async () => ({ ids: ids(await svix.endpoint.list(app)) }));
await step('endpoint.set-headers', async () => {
  const headers = { 'x-shop': 'one', authorization: 'Bearer secret' };
  await svix.endpoint[MAJOR === 1 ? 'updateHeaders' : 'setHeaders'](app, endpoint, { headers });
});
const getHeaders = async () => {
  const { headers, sensitive } = await svix.endpoint.getHeaders(app, endpoint);
  return { headers, sensitive };
};
await step('endpoint.get-headers', getHeaders);
await step('endpoint.patch-headers', () =>
  svix.endpoint.patchHeaders(app, endpoint, { headers: { 'x-second': 'two' }, deleteHeaders: ['x-shop'] }),
);
await step('endpoint.get-headers-again', getHeaders);
await step('endpoint.get-secret', async () => {
  oldSecret = (await svix.endpoint.getSecret(app, endpoint)).key;
  return { key: oldSecret };
});

const invoice = (amount) => ({ eventType, eventId: `invoice-${amount - 11}`, channels: ['eu'], payload: { amount } });
const delivery = (count) => ask({ ask: 'delivery', application: app, path: RECEIVER_PATH, count });
await step('message.create', async () => {
  await ask({ ask: 'known', application: app });
  const out = await svix.message.create(app, invoice(12), { idempotencyKey: 'first-invoice' });
  message = out.id;
  return { id: out.id, eventType: out.eventType, eventId: out.eventId, channels: out.channels };
});
await step('message.create-again', async () => {
  const { id } = await svix.message.create(app, invoice(12), { idempotencyKey: 'first-invoice' });
  return { id };
});
await step('message.create-conflict', () => failure(() => svix.message.create(app, invoice(12))));
await step('webhook.verify', async () => {
  const first = await delivery(1);
  return {
    id: first.headers['webhook-id'],
    amount: JSON.parse(first.body).amount,
    own: verifies(oldSecret, first),
    other: verifies(OTHER_SECRET, first),
    tampered: verifies(oldSecret, { ...first, body: `${first.body} ` }),
    header: first.custom['x-second'],
  };
});
await step('message.get', async () => {
  const out = await svix.message.get(app, message, { withContent: true });
  return { id: out.id, eventId: out.eventId, eventType: out.eventType, amount: out.payload.amount };
});
await step('message.list', async () => ({ ids: ids(await svix.message.list(app, { eventTypes: [eventType] })) }));

await step('message-attempt.list-by-endpoint', async () => {
  const { data } = await svix.messageAttempt.listByEndpoint(app, endpoint, { status: 0 });
  const [first] = data;
  return {
    msgIds: data.map(({ msgId }) => msgId),
    status: first.status,
    statusCode: first.responseStatusCode,
    trigger: first.triggerType,
    url: first.url,
  };
});
await step('message-attempt.list-by-msg', async () => {
  const { data } = await svix.messageAttempt.listByMsg(app, message, { limit: 10, endpointId: 'main' });
  attempt = data[0].id;
  return { id: attempt, endpointIds: data.map(({ endpointId }) => endpointId) };
});
await step('message-attempt.get', async () => {
  const { id, msgId, endpointId } = await svix.messageAttempt.get(app, message, attempt);
  return { id, msgId, endpointId };
});
await step('message-attempt.list-attempted-messages', async () => {
  const list = await svix.messageAttempt.listAttemptedMessages(app, endpoint);
  return { ids: ids(list), status: list.data[0].status };
});
await step('message-attempt.list-attempted-destinations', async () => {
  const list = await svix.messageAttempt.listAttemptedDestinations(app, message);
  return { ids: ids(list), status: list.data[0].status };
});

await step('endpoint.rotate-secret', async () => ({
  answered: (await svix.endpoint.rotateSecret(app, endpoint, {}))?.key ?? null,
}));
await step('endpoint.get-secret-again', async () => {
  newSecret = (await svix.endpoint.getSecret(app, endpoint)).key;
  return { key: newSecret };
});
await step('webhook.verify-rotated', async () => {
  await ask({ ask: 'known', application: app });
  await svix.message.create(app, invoice(13));
  const second = await delivery(2);
  const { amount } = JSON.parse(second.body);
  return { old: verifies(oldSecret, second), new: verifies(newSecret, second), amount };
});

await step('message-attempt.resend', () => svix.messageAttempt.resend(app, message, endpoint).then(() => undefined));
await step('message-attempt.list-resent', async () => {
  const resent = await delivery(3);
  await ask({ ask: 'attempts', application: app, message, count: 2 });
  const { data } = await svix.messageAttempt.listByMsg(app, message);
  return { webhookId: resent.headers['webhook-id'], triggers: data.map(({ triggerType }) => triggerType).sort() };
});
await step('message.create-failing', async () => {
  await ask({ ask: 'fail-once', application: app, endpoint, path: RECEIVER_PATH });
  failing = (await svix.message.create(app, invoice(14))).id;
  return { id: failing };
});
await step('endpoint.recover', async () => {
  await ask({ ask: 'fate', application: app, message: failing, status: 2 });
  const out = await svix.endpoint.recover(app, endpoint, { since: new Date(Date.now() - 3_600_000) });
  task = out.id;
  return { id: out.id, status: out.status, task: out.task };
});
await step('webhook.verify-recovered', async () => {
  const recovered = await delivery(5);
  await ask({ ask: 'fate', application: app, message: failing, status: 0 });
  return { id: recovered.headers['webhook-id'], verified: verifies(newSecret, recovered) };
});
await step('background-task.get', async () => {
  const { id, status } = await svix.backgroundTask.get(task);
  return { id, status };
});
await step('endpoint.send-example', async () => {
  const out = await svix.endpoint.sendExample(app, endpoint, { eventType });
  example = out.id;
  return { id: example, eventType: out.eventType };
});
await step('webhook.verify-example', async () => {
  const sent = await delivery(6);
  await ask({ ask: 'fate', application: app, message: example, status: 0 });
  return { id: sent.headers['webhook-id'], verified: verifies(newSecret, sent) };
});
await step('endpoint.get-stats', async () => {
  const { success, fail, pending, sending } = await svix.endpoint.getStats(app, endpoint);
  return { success, fail, pending, sending };
});

await step('message-attempt.expunge-content', () =>
  svix.messageAttempt.expungeContent(app, message, attempt).then(() => undefined),
);
await step('message.expunge-content', () => svix.message.expungeContent(app, message).then(() => undefined));
await step('message.get-expunged', async () => {
  const { id, payload } = await svix.message.get(app, message, { withContent: true });
  return { id, amount: payload?.amount ?? null };
});

await step('authentication.app-portal-access', async () => {
  const { token, url: page } = await svix.authentication.appPortalAccess(app, {});
  portal = new Svix(token, { serverUrl: SIGNPOST_URL });
  return { token, url: page };
});
await step('portal.endpoint.list', async () => ({ ids: ids(await portal.endpoint.list(app)) }));
await step('portal.event-type.list', async () => {
  const { data } = await portal.eventType.list();
  return { names: data.map(({ name }) => name) };
});
await step('portal.application.list', () => failure(() => portal.application.list()));
await step('portal.authentication.logout', () => portal.authentication.logout().then(() => undefined));
await step('portal.after-logout', () => failure(() => portal.endpoint.list(app)));

await step('error.unauthorised', () =>
  failure(() => new Svix('wrong', { serverUrl: SIGNPOST_URL }).application.list()),
);
await step('error.not-found', () => failure(() => svix.application.get('nobody')));
await step('error.conflict', () => failure(() => svix.application.create({ name: 'Twice', uid: app })));
await step('error.validation', async () => {
  const error = await errorOf(() => svix.endpoint.create(app, { url, channels: ['no channel'] }));
  const [fault] = error.body.detail;
  return { status: error.code, loc: fault.loc, message: fault.msg };
});

await step('endpoint.delete', () => svix.endpoint.delete(app, endpoint));
await step('endpoint.get-deleted', () => failure(() => svix.endpoint.get(app, endpoint)));
await step('event-type.delete', () => svix.eventType.delete(eventType));
process.stdin.destroy();
