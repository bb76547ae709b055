import { Parser } from '@asyncapi/parser';
import { describe, expect, it } from '@jest/globals';
import { messageHeaders, TOPIC_SETTINGS, type MessageRecord } from '@signpost/contracts';
import { newId } from '@signpost/domain';
import { asyncDocument } from './async-document.js';
import { ACCEPTED_HEADERS } from './topic-records.js';

describe('the description of the topics', () => {
  it('is valid AsyncAPI 3, by the parser of its makers', async () => {
    const { document, diagnostics } = await new Parser().parse(JSON.stringify(asyncDocument()));
    const errors = diagnostics
      .filter(({ severity }) => Object.is(severity, 0))
      .map(({ path, message }) => [path, message]);
    expect(errors).toEqual([]);
    expect(document?.version()).toBe('3.0.0');
    const addresses = document
      ?.channels()
      .all()
      .map((channel) => channel.address());
    expect(addresses).toEqual(['{topic}', ...TOPIC_SETTINGS.map(({ name }) => `{prefix}${name}`)]);
    const held =
      document
        ?.channels()
        .all()
        .map((channel) => channel.messages().all().length) ?? [];
    expect(held.every((count) => count > 0)).toBe(true);
  });

  it('knows every header that an accepted message can have', () => {
    const full: MessageRecord = {
      id: newId('msg', 1),
      applicationId: newId('app', 1),
      eventType: 'a',
      eventId: 'e',
      channels: ['c'],
      tags: ['t'],
      conversationId: 'cnv',
      onlyEndpointId: newId('ep', 1),
      origin: { topic: 'platform', partition: 0, offset: 1 },
      acceptedAtMs: 1,
      payloadExpiresAtMs: 2,
      isOverQuota: true,
      payload: Buffer.alloc(0),
    };
    const { required, properties } = ACCEPTED_HEADERS as { required: readonly string[]; properties: object };
    expect(Object.keys(properties).toSorted()).toEqual(Object.keys(messageHeaders(full)).toSorted());
    const { eventId: _, channels: __, tags: ___, conversationId: ____, onlyEndpointId: _____, ...least } = full;
    const { origin: _o, payloadExpiresAtMs: _p, isOverQuota: _q, ...bare } = least;
    expect(required.toSorted()).toEqual(Object.keys(messageHeaders(bare)).toSorted());
  });
});
