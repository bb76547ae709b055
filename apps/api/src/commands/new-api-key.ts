import { API_KEY_PREFIX, type Scope } from '@signpost/domain';
import { AccountStore } from '@signpost/ports';
import { hashApiKey } from '@signpost/runtime';
import { newSecretText } from '../access/secret-text.js';

/** How much of a key people see of it later. */
export const SHOWN_OF_KEY = 8;

/** Makes a key, keeps its hash, and returns its text: nobody sees it a second time. Without `scopes` it has all. */
export async function newApiKey(
  accounts: AccountStore,
  organisation: string,
  name: string,
  scopes?: readonly Scope[],
): Promise<string> {
  const key = newSecretText(API_KEY_PREFIX);
  const prefix = key.slice(0, SHOWN_OF_KEY);
  await accounts.addApiKey(await accounts.organisation(organisation), { name, prefix, hash: hashApiKey(key), scopes });
  return key;
}
