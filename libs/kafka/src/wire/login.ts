import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { SaslLogin } from '../config.js';
import { ERROR, SASL_AUTHENTICATE, SASL_HANDSHAKE } from './api.js';
import type { BrokerConnection } from './connection.js';
import { LoginRefusedError } from './errors.js';

const derive = promisify(pbkdf2);
const MOST_ITERATIONS = 1_000_000;
const SESSION_SHARE = 0.8;

/** @throws LoginRefusedError without the password in it */
export async function login(connection: BrokerConnection, sasl: SaslLogin, timeoutMs: number): Promise<void> {
  const mechanism = sasl.mechanism.toUpperCase();
  const offered = await connection.request({
    api: SASL_HANDSHAKE,
    write: (into) => {
      into.text(mechanism);
    },
    read: (from) => ({ error: from.int16(), mechanisms: from.list((each) => each.text()) }),
    timeoutMs,
  });
  if (offered.error !== ERROR.none) {
    const known = offered.mechanisms.join(', ');
    throw new LoginRefusedError(`the broker does not know the login ${mechanism}; it offers ${known}`);
  }
  const say = (bytes: string): Promise<Buffer> => authenticate(connection, bytes, timeoutMs);
  if (sasl.mechanism === 'plain') await say(`\0${sasl.username}\0${sasl.password}`);
  else await scram(sasl, sasl.mechanism === 'scram-sha-256' ? 'sha256' : 'sha512', say);
}

async function authenticate(connection: BrokerConnection, bytes: string, timeoutMs: number): Promise<Buffer> {
  const said = await connection.request({
    api: SASL_AUTHENTICATE,
    write: (into) => {
      into.blob(Buffer.from(bytes));
    },
    read: (from) => ({
      error: from.int16(),
      reason: from.nullableText(),
      bytes: from.blob(),
      lifetimeMs: from.int64(),
    }),
    timeoutMs,
  });
  if (said.error !== ERROR.none)
    throw new LoginRefusedError(`the broker refuses the login: ${said.reason ?? 'no reason'}`);
  if (said.lifetimeMs > 0) connection.expiresAt = performance.now() + said.lifetimeMs * SESSION_SHARE;
  return said.bytes;
}

/** RFC 5802, without channel binding. */
async function scram(
  { username, password }: SaslLogin,
  hash: 'sha256' | 'sha512',
  say: (bytes: string) => Promise<Buffer>,
): Promise<void> {
  const nonce = randomBytes(18).toString('base64');
  const first = `n=${username.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`;
  const challenge = (await say(`n,,${first}`)).toString('utf8');
  const { r = '', s = '', i = '' } = attributes(challenge);
  const iterations = Number(i);
  if (!r.startsWith(nonce) || s === '' || !(iterations > 0 && iterations <= MOST_ITERATIONS))
    throw new LoginRefusedError('the broker answers the login with what is no challenge');
  const size = createHash(hash).digest().length;
  const salted = await derive(password.normalize('NFKC'), Buffer.from(s, 'base64'), iterations, size, hash);
  const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest();
  const clientKey = hmac(salted, 'Client Key');
  const last = `c=biws,r=${r}`;
  const whole = `${first},${challenge},${last}`;
  const signature = hmac(createHash(hash).update(clientKey).digest(), whole);
  const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)));
  const { v = '' } = attributes((await say(`${last},p=${proof.toString('base64')}`)).toString('utf8'));
  const proven = Buffer.from(v, 'base64');
  const expected = hmac(hmac(salted, 'Server Key'), whole);
  if (proven.length !== expected.length || !timingSafeEqual(proven, expected))
    throw new LoginRefusedError('the broker does not know the password either: it is not the one it claims to be');
}

function attributes(text: string): Record<string, string> {
  return Object.fromEntries(text.split(',').map((part) => [part.slice(0, 1), part.slice(2)]));
}
