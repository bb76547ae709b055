import { describe, expect, it } from '@jest/globals';
import { checkSourceTopics } from './source-topics.js';

const kafka = (prefix: string, present: readonly string[]) => ({
  physical: (name: string) => prefix + name,
  logical: (name: string) => (name.startsWith(prefix) ? name.slice(prefix.length) : name),
  missingTopics: (names: readonly string[]) => Promise.resolve(names.filter((name) => !present.includes(name))),
});

describe('the topics that are read from', () => {
  it.each([
    ['signpost.', 'signpost.messages'],
    ['signpost.', 'signpost.orders'],
    ['', 'messages'],
  ])('are none of Signpost’s own: with the prefix "%s" not %s', async (prefix, topic) => {
    await expect(checkSourceTopics(kafka(prefix, [topic]), [topic])).rejects.toMatchObject({
      code: 'source_topic_own',
    });
  });

  it('are there', async () => {
    const checked = (...topics: string[]) => checkSourceTopics(kafka('signpost.', ['messages']), topics);
    await expect(checked('messages')).resolves.toBeUndefined();
    await expect(checked('messages', 'orders')).rejects.toMatchObject({
      code: 'source_topic_missing',
      details: { topics: ['orders'] },
    });
  });
});
