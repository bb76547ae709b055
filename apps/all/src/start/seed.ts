import { randomBytes } from 'node:crypto';

export const newApiKey = (): string => `sk_${randomBytes(24).toString('base64url')}`;
export async function seedApiKey(_databaseUrl: string, _apiKey: string): Promise<void> {
  await Promise.resolve();
}
