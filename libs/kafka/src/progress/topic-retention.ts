import kafkajs, { type Admin } from 'kafkajs';

/**
 * For how long Kafka keeps the records of these topics, as it is set there now: the shortest of those that go by one name.
 * Without those that it keeps for ever, or compacts.
 */
export async function keptFor<Name extends string>(
  admin: Admin,
  topics: ReadonlyMap<string, Name>,
): Promise<readonly { readonly topic: Name; readonly ms: number }[]> {
  const said = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [...topics.keys()].map((name) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
      configNames: ['retention.ms', 'cleanup.policy'],
    })),
  });
  const shortest = new Map<Name, number>();
  for (const { resourceName, configEntries } of said.resources) {
    const topic = topics.get(resourceName);
    const setting = (name: string): string =>
      configEntries.find(({ configName }) => configName === name)?.configValue ?? '';
    const ms = Number(setting('retention.ms') || Number.NaN);
    if (topic === undefined || setting('cleanup.policy') === 'compact' || !(ms >= 0)) continue;
    shortest.set(topic, Math.min(shortest.get(topic) ?? Infinity, ms));
  }
  return [...shortest].map(([topic, ms]) => ({ topic, ms }));
}
