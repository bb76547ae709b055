import type { MessageHandler } from '@nestjs/microservices';
import { ConsumerSetupError } from './errors.js';
import type { ConsumerGroupOptions } from './options.js';

/**
 * The handler of each topic, by the topic's full name. Fails the boot, not the first record: with two handlers each would take the other's
 * records for done, and with none they would lie.
 */
export function handlersByTopic(
  registered: ReadonlyMap<string, MessageHandler>,
  { group, topics = {} }: Pick<ConsumerGroupOptions, 'group' | 'topics'>,
  physical: (name: string) => string,
): ReadonlyMap<string, MessageHandler> {
  const handlers = new Map<string, MessageHandler>();
  const orphan = Object.keys(topics).find((pattern) => !registered.has(pattern));
  if (orphan !== undefined) throw new ConsumerSetupError(`${group}: no handler has the pattern "${orphan}"`);
  for (const [pattern, handler] of registered) {
    if (handler.isEventHandler !== true)
      throw new ConsumerSetupError(`${group}: "${pattern}" needs @EventPattern; nobody would get an answer`);
    if (handler.next !== undefined)
      throw new ConsumerSetupError(`${group}: two handlers have the pattern "${pattern}"`);
    for (const topic of topics[pattern] ?? [physical(pattern)]) {
      if (handlers.has(topic)) throw new ConsumerSetupError(`${group}: two patterns lead to the topic ${topic}`);
      handlers.set(topic, handler);
    }
  }
  if (handlers.size === 0)
    throw new ConsumerSetupError(
      `${group}: no handler is registered; is it marked @EventPattern(pattern, transport) with the symbol of the group?`,
    );
  return handlers;
}
