/** One Kafka topic per tier. A tier has one fixed delay in milliseconds, so its records fall due in log order. */
export const TIERS = {
  '1s': 1_000,
  '5s': 5_000,
  '10s': 10_000,
  '1m': 60_000,
  '5m': 300_000,
  '30m': 1_800_000,
  '2h': 7_200_000,
  '5h': 18_000_000,
  '10h': 36_000_000,
  '24h': 86_400_000,
} as const satisfies Record<string, number>;

export type Tier = keyof typeof TIERS;
export const TIER_NAMES = Object.keys(TIERS) as readonly Tier[];

export function isTier(text: string): text is Tier {
  return Object.hasOwn(TIERS, text);
}
