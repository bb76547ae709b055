import { METADATA } from '../api.js';
import type { BrokerConnection } from '../connection.js';
import type { Address } from '../open-connection.js';

export interface Metadata {
  /** Where each broker is, by its number. */
  readonly brokers: ReadonlyMap<number, Address>;
  readonly topics: readonly {
    readonly name: string;
    readonly error: number;
    readonly partitions: readonly { readonly partition: number; readonly leader: number }[];
  }[];
}

/** Leaders of the topics asked for; one without a leader now has -1. Never creates a topic. */
export function metadata(
  connection: BrokerConnection,
  topics: readonly string[],
  timeoutMs: number,
): Promise<Metadata> {
  return connection.request({
    api: METADATA,
    timeoutMs,
    write: (into) => {
      into.list(topics, (topic) => {
        into.text(topic);
      });
      into.int8(0);
    },
    read: (from) => {
      from.int32();
      const brokers = from.list((each) => {
        const id = each.int32();
        const address = { host: each.text(), port: each.int32() };
        each.nullableText();
        return [id, address] as const;
      });
      from.nullableText();
      from.int32();
      const found = from.list((each) => {
        const [error, name] = [each.int16(), each.text()];
        each.int8();
        const partitions = each.list((one) => {
          one.int16();
          const [partition, leader] = [one.int32(), one.int32()];
          for (let replicas = 0; replicas < 3; replicas++) one.list((replica) => replica.int32());
          return { partition, leader };
        });
        return { name, error, partitions };
      });
      return { brokers: new Map(brokers), topics: found };
    },
  });
}
