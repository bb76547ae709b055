/** Where a record lies. */
export interface SourceCoordinates {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** As logs and other tools write it: 'platform.events:3:1042'. */
export const coordinatesText = ({ topic, partition, offset }: SourceCoordinates): string =>
  `${topic}:${String(partition)}:${String(offset)}`;

// The names that Kafka allows; a number of so many digits is exact.
const COORDINATES = /^([\w.-]{1,249}):(\d{1,9}):(\d{1,15})$/;

/** Undefined for a text that names no record. */
export function readCoordinates(text: string): SourceCoordinates | undefined {
  const [, topic, partition, offset] = COORDINATES.exec(text) ?? [];
  if (topic === undefined || partition === undefined || offset === undefined) return undefined;
  return { topic, partition: Number(partition), offset: Number(offset) };
}
