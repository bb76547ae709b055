import { randomInt } from 'node:crypto';
import { AccountStore } from '@signpost/ports';
import { hashApiKey } from '@signpost/runtime';

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const LENGTH = 32;
const SHOWN = 8;

/** Makes a key, keeps its hash, and returns its text: nobody sees it a second time. */
export async function newApiKey(accounts: AccountStore, organisation: string, name: string): Promise<string> {
  const key = `sk_${Array.from({ length: LENGTH }, () => LETTERS.charAt(randomInt(LETTERS.length))).join('')}`;
  await accounts.addApiKey(await accounts.organisation(organisation), {
    name,
    prefix: key.slice(0, SHOWN),
    hash: hashApiKey(key),
  });
  return key;
}
