import { recordSourceContract } from '../../../libs/testing/src/contracts/record-source.contract.js';
import { openKafka } from './kafka-under-test.js';

recordSourceContract('Kafka', async () => {
  const kafka = await openKafka();
  return {
    append: (record) => kafka.sink.append(record),
    join: async (options) => {
      const member = await kafka.join(options);
      return { leave: () => member.close() };
    },
    close: kafka.close,
  };
});
