/** Advisory locks of Signpost in its database: one number for each thing that one process at a time does. */
export const LOCKS = {
  migrate: 7_446_001,
  relay: 7_446_002,
  partitions: 7_446_003,
  access: 7_446_004,
  deadLetters: 7_446_005,
  account: 7_446_028,
} as const;
