import { afterAll, describe, expect, it } from '@jest/globals';
import { dropDatabase, freshDatabase, freshTopicPrefix, query, testKafkaBrokers } from '@signpost/testing';
import { Kafka, logLevel } from 'kafkajs';

describe('the services that a test run shares', () => {
  const admin = new Kafka({ brokers: testKafkaBrokers(), logLevel: logLevel.NOTHING }).admin();
  afterAll(() => admin.disconnect());

  it('take a fresh topic', async () => {
    const topic = `${freshTopicPrefix()}messages`;
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 3 }], waitForLeaders: true });
    expect((await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions).toHaveLength(3);
  });

  it('take a fresh database each time, and let it go', async () => {
    const [first, second] = await Promise.all([freshDatabase(), freshDatabase()]);
    expect(first).not.toBe(second);
    await query(first, 'CREATE TABLE things (id int)');
    await expect(query(second, 'SELECT FROM things')).rejects.toThrow('does not exist');
    await Promise.all([dropDatabase(first), dropDatabase(second)]);
    await expect(query(first, 'SELECT 1')).rejects.toThrow('does not exist');
  });
});
