import { AssignerProtocol, type Assigner, type Cluster, type PartitionAssigner } from 'kafkajs';
import { assignTogether } from './co-partitioning.js';

const NAME = 'SignpostTogether';
const VERSION = 1;

/** The assigner as kafkajs asks for it; `owned` says which partition numbers this member has now, so that it may keep them. */
export function partitionAssigner(owned: () => readonly number[]): PartitionAssigner {
  return ({ cluster }): Assigner => ({
    name: NAME,
    version: VERSION,
    assign: ({ members, topics }) => {
      const assignments = assignTogether(
        members.map(({ memberId, memberMetadata }) => ({ memberId, owned: readOwned(memberMetadata) })),
        topics.map((topic) => ({ topic, partitions: partitionNumbers(cluster, topic) })),
      );
      const encoded = [...assignments].map(([memberId, assignment]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: VERSION,
          assignment: Object.fromEntries(
            Object.entries(assignment).map(([topic, partitions]) => [topic, [...partitions]]),
          ),
          userData: Buffer.alloc(0),
        }),
      }));
      return Promise.resolve(encoded);
    },
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: AssignerProtocol.MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: Buffer.from(JSON.stringify(owned())),
      }),
    }),
  });
}

function partitionNumbers(cluster: Cluster, topic: string): readonly number[] {
  return cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
}

function readOwned(metadata: Buffer): readonly number[] {
  try {
    const { userData } = AssignerProtocol.MemberMetadata.decode(metadata) ?? {};
    const owned: unknown = JSON.parse(String(userData));
    return Array.isArray(owned) ? owned.filter((number): number is number => Number.isInteger(number)) : [];
  } catch {
    return [];
  }
}
