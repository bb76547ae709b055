import { expect } from '@jest/globals';
import type { Fields } from './client-run.js';

/** Of a client's run: the steps before, and what its receiver is called. */
export interface Told {
  readonly steps: ReadonlyMap<string, Fields>;
  /** The endpoint's URL as the client gave it. */
  readonly url: string;
  /** Whether the SDK reads the new secret from the answer to a rotation. */
  readonly readsRotation: boolean;
}

type Check = (result: Fields, told: Told) => void;

const of = (told: Told, step: string, field: string): unknown => told.steps.get(step)?.[field];
const applicationId = (told: Told): unknown => of(told, 'application.create', 'id');
const endpointId = (told: Told): unknown => of(told, 'endpoint.create', 'id');
const messageId = (told: Told): unknown => of(told, 'message.create', 'id');
const SECRET = expect.stringMatching(/^whsec_[A-Za-z0-9+/]{32,100}={0,2}$/);
const idOf = (kind: string): unknown => expect.stringMatching(new RegExp(`^${kind}_[0-9A-Za-z]{16,64}$`));

const nothing: Check = (result) => expect(result).toEqual({});
const failure =
  (status: number): Check =>
  (result) =>
    expect(result).toEqual({ status, code: expect.stringMatching(/^[a-z_]+$/), detail: expect.stringMatching(/\w/) });

/**
 * What each step of a client has to have made of Signpost's answers, in the order in which clients take them. Every
 * language and both majors tell the same fields.
 */
export const STEPS: Readonly<Record<string, Check>> = {
  'health.get': nothing,

  'application.create': (result) =>
    expect(result).toEqual({ id: idOf('app'), uid: 'shop', name: 'Shop', plan: 'pro', createdAt: expect.any(String) }),
  'application.get-or-create': (result, told) => expect(result).toEqual({ id: applicationId(told), name: 'Shop' }),
  'application.get': (result, told) => expect(result).toEqual({ id: applicationId(told), uid: 'shop' }),
  'application.update': (result, told) =>
    expect(result).toEqual({ id: applicationId(told), name: 'Shop, replaced', uid: 'shop' }),
  'application.upsert': (result) => expect(result).toEqual({ id: idOf('app'), name: 'Second', uid: 'second' }),
  'application.patch': (result, told) =>
    expect(result).toEqual({ id: applicationId(told), name: 'Shop, patched', uid: 'shop' }),
  // Newest or oldest first is the server's choice; both pages of one are there, and the walk ends.
  'application.list': (result) => expect(result).toEqual({ uids: ['second', 'shop'], pages: 2 }),
  'application.delete': nothing,

  'event-type.create': (result) =>
    expect(result).toEqual({ name: 'invoice.paid', description: 'An invoice was paid', archived: false }),
  'event-type.get': (result) => expect(result).toEqual({ name: 'invoice.paid', versions: ['1'] }),
  'event-type.update': (result) => expect(result).toEqual({ description: 'Replaced' }),
  'event-type.patch': (result) => expect(result).toEqual({ description: 'Patched' }),
  'event-type.list': (result) => expect(result).toEqual({ names: ['invoice.paid'] }),

  'endpoint.create': (result, told) =>
    expect(result).toEqual({
      id: idOf('ep'),
      uid: 'main',
      url: told.url,
      description: 'Created',
      eventTypes: ['invoice.paid'],
      channels: ['eu'],
      disabled: false,
      team: 'billing',
    }),
  'endpoint.get': (result, told) => expect(result).toEqual({ id: endpointId(told), eventTypes: ['invoice.paid'] }),
  'endpoint.update': (result, told) =>
    expect(result).toEqual({ id: endpointId(told), description: 'Replaced', eventTypes: ['invoice.paid'] }),
  'endpoint.patch': (result, told) =>
    expect(result).toEqual({ id: endpointId(told), description: 'Patched', eventTypes: ['invoice.paid'] }),
  'endpoint.list': (result, told) => expect(result).toEqual({ ids: [endpointId(told)] }),
  'endpoint.set-headers': nothing,
  'endpoint.get-headers': (result) =>
    expect(result).toEqual({ headers: { 'x-shop': 'one' }, sensitive: ['authorization'] }),
  'endpoint.patch-headers': nothing,
  'endpoint.get-headers-again': (result) =>
    expect(result).toEqual({ headers: { 'x-second': 'two' }, sensitive: ['authorization'] }),
  'endpoint.get-secret': (result) => expect(result).toEqual({ key: SECRET }),

  'message.create': (result) =>
    expect(result).toEqual({ id: idOf('msg'), eventType: 'invoice.paid', eventId: 'invoice-1', channels: ['eu'] }),
  'message.create-again': (result, told) => expect(result).toEqual({ id: messageId(told) }),
  'message.create-conflict': failure(409),
  'webhook.verify': (result, told) =>
    expect(result).toEqual({
      id: messageId(told),
      amount: 12,
      own: true,
      other: false,
      tampered: false,
      header: 'two',
    }),
  'message.get': (result, told) =>
    expect(result).toEqual({ id: messageId(told), eventId: 'invoice-1', amount: 12, eventType: 'invoice.paid' }),
  'message.list': (result, told) => expect(result).toEqual({ ids: [messageId(told)] }),

  'message-attempt.list-by-endpoint': (result, told) =>
    expect(result).toEqual({ msgIds: [messageId(told)], status: 0, statusCode: 200, trigger: 0, url: told.url }),
  'message-attempt.list-by-msg': (result, told) =>
    expect(result).toEqual({ id: idOf('atmpt'), endpointIds: [endpointId(told)] }),
  'message-attempt.get': (result, told) =>
    expect(result).toEqual({
      id: of(told, 'message-attempt.list-by-msg', 'id'),
      msgId: messageId(told),
      endpointId: endpointId(told),
    }),
  'message-attempt.list-attempted-messages': (result, told) =>
    expect(result).toEqual({ ids: [messageId(told)], status: 0 }),
  'message-attempt.list-attempted-destinations': (result, told) =>
    expect(result).toEqual({ ids: [endpointId(told)], status: 0 }),

  // A current SDK reads the new secret from the answer; an older one asks for it.
  'endpoint.rotate-secret': (result, told) =>
    expect(result).toEqual({
      answered: told.readsRotation ? of(told, 'endpoint.get-secret-again', 'key') : null,
    }),
  'endpoint.get-secret-again': (result, told) => {
    expect(result).toEqual({ key: SECRET });
    expect(result['key']).not.toBe(of(told, 'endpoint.get-secret', 'key'));
  },
  'webhook.verify-rotated': (result) => expect(result).toEqual({ old: true, new: true, amount: 13 }),

  'message-attempt.resend': nothing,
  'message-attempt.list-resent': (result, told) =>
    expect(result).toEqual({ webhookId: messageId(told), triggers: [0, 1] }),
  'message.create-failing': (result) => expect(result).toEqual({ id: idOf('msg') }),
  'endpoint.recover': (result) =>
    expect(result).toEqual({
      id: expect.stringMatching(/^qtask_/),
      status: expect.stringMatching(/^(running|finished)$/),
      task: 'endpoint.recover',
    }),
  'webhook.verify-recovered': (result, told) =>
    expect(result).toEqual({ id: of(told, 'message.create-failing', 'id'), verified: true }),
  'background-task.get': (result, told) =>
    expect(result).toEqual({
      id: of(told, 'endpoint.recover', 'id'),
      status: expect.stringMatching(/^(running|finished)$/),
    }),
  'endpoint.send-example': (result) => expect(result).toEqual({ id: idOf('msg'), eventType: 'invoice.paid' }),
  'webhook.verify-example': (result, told) =>
    expect(result).toEqual({ id: of(told, 'endpoint.send-example', 'id'), verified: true }),
  'endpoint.get-stats': (result) => expect(result).toEqual({ success: 4, fail: 0, pending: 0, sending: 0 }),

  'message-attempt.expunge-content': nothing,
  'message.expunge-content': nothing,
  'message.get-expunged': (result, told) => expect(result).toEqual({ id: messageId(told), amount: null }),

  'authentication.app-portal-access': (result) =>
    expect(result).toEqual({ token: expect.stringMatching(/.{8}/), url: expect.stringMatching(/^https?:\/\//) }),
  'portal.endpoint.list': (result, told) => expect(result).toEqual({ ids: [endpointId(told)] }),
  'portal.event-type.list': (result) => expect(result).toEqual({ names: ['invoice.paid'] }),
  'portal.application.list': failure(403),
  'portal.authentication.logout': nothing,
  'portal.after-logout': failure(401),

  'error.unauthorised': failure(401),
  'error.not-found': failure(404),
  'error.conflict': failure(409),
  'error.validation': (result) =>
    expect(result).toEqual({ status: 422, loc: ['body', 'channels', '0'], message: expect.stringMatching(/\w/) }),

  'endpoint.delete': nothing,
  'endpoint.get-deleted': failure(404),
  'event-type.delete': nothing,
};
