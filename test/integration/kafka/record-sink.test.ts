import { recordSinkContract } from '../../../libs/testing/src/contracts/record-sink.contract.js';
import { openKafka } from './kafka-under-test.js';

recordSinkContract('Kafka', async () => {
  const kafka = await openKafka();
  return { sink: kafka.sink, read: kafka.read, closeSink: () => kafka.sink.close(), close: kafka.close };
});
