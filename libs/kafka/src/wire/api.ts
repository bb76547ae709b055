/** One version of one request: the newest without flexible fields that every broker from Kafka 2.4 to 4.x has. */
export interface Api {
  readonly name: string;
  readonly key: number;
  readonly version: number;
}

export const PRODUCE: Api = { name: 'Produce', key: 0, version: 7 };
export const FETCH: Api = { name: 'Fetch', key: 1, version: 11 };
export const LIST_OFFSETS: Api = { name: 'ListOffsets', key: 2, version: 2 };
export const METADATA: Api = { name: 'Metadata', key: 3, version: 5 };
export const OFFSET_COMMIT: Api = { name: 'OffsetCommit', key: 8, version: 5 };
export const OFFSET_FETCH: Api = { name: 'OffsetFetch', key: 9, version: 5 };
export const FIND_COORDINATOR: Api = { name: 'FindCoordinator', key: 10, version: 2 };
export const SASL_HANDSHAKE: Api = { name: 'SaslHandshake', key: 17, version: 1 };
export const API_VERSIONS: Api = { name: 'ApiVersions', key: 18, version: 0 };
export const SASL_AUTHENTICATE: Api = { name: 'SaslAuthenticate', key: 36, version: 1 };

/** What a broker has to speak; the login's requests only matter where there is a login, and answer for themselves. */
export const NEEDED = [PRODUCE, FETCH, LIST_OFFSETS, METADATA, OFFSET_COMMIT, OFFSET_FETCH, FIND_COORDINATOR] as const;

/** Kafka's numbers of the errors that are told apart here. */
export const ERROR = {
  none: 0,
  offsetOutOfRange: 1,
  unknownTopicOrPartition: 3,
  messageTooLarge: 10,
  recordListTooLarge: 18,
  fetchSessionIdNotFound: 70,
  invalidFetchSessionEpoch: 71,
} as const;
