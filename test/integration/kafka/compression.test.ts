import { describe, expect, it } from '@jest/globals';
import { TOPICS } from '@signpost/contracts';
import { openKafka, testEnvironment } from './kafka-under-test.js';

const TEXT = 'what people say is much the same from one event to the next, '.repeat(10);

describe.each(['gzip', 'zstd'])('records folded with %s', (compression) => {
  it('are taken by the broker, and read back as they were', async () => {
    const kafka = await openKafka(testEnvironment(undefined, { KAFKA_COMPRESSION: compression }));
    try {
      const values = Array.from({ length: 300 }, (_, index) => `${TEXT}${String(index)}`);
      await Promise.all(
        values.map((value, index) =>
          kafka.sink.append({
            topic: TOPICS.journal,
            key: 'same',
            value: Buffer.from(value),
            headers: { place: String(index) },
          }),
        ),
      );
      const read = [...(await kafka.read(TOPICS.journal)).values()].flat();
      expect(read.map(({ value }) => String(value))).toEqual(values);
      expect(read.map(({ headers }) => String(headers['place']))).toEqual(values.map((_, index) => String(index)));
    } finally {
      await kafka.close();
    }
  });
});
