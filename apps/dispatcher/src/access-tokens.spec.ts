import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { AttemptResult, ClientCredentials } from '@signpost/domain';
import { Log } from '@signpost/observability';
import { AccessTokens, type Token, type UsableToken } from './access-tokens.js';
import { anEndpoint, HeldSender } from './dispatch.fixture.js';

const NOW = 1_800_000_000_000;
const TIMEOUTS = { connectMs: 1_000, firstByteMs: 15_000, totalMs: 20_000 };
const CLIENT: ClientCredentials = {
  tokenUrl: 'https://auth.example.com/token',
  clientId: 'c',
  clientSecret: 's',
  clientAuthentication: 'basic',
};
const answer = (token: string, seconds = 100): AttemptResult => ({
  kind: 'response',
  status: 200,
  body: JSON.stringify({ access_token: token, expires_in: seconds }),
  timing: { totalMs: 5 },
});

describe('access tokens', () => {
  const endpoint = anEndpoint();
  let sender: HeldSender;
  let tokens: AccessTokens;
  beforeEach(() => {
    jest.useFakeTimers({ now: NOW });
    sender = new HeldSender();
    tokens = new AccessTokens(sender, TIMEOUTS, Log.create('silent', 'test'));
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const usable = async (asked: Promise<Token>): Promise<UsableToken> => {
    const token = await asked;
    if (token.kind !== 'token') throw new Error(token.reason);
    return token;
  };
  const textOf = async (asked: Promise<Token>): Promise<string> => (await usable(asked)).token;

  it('are fetched once for all who wait, under the bounds of every request', async () => {
    const asked = [tokens.of(endpoint, CLIENT), tokens.of(endpoint, CLIENT)];
    sender.requests[0]?.answer(answer('one'));
    expect(await Promise.all(asked.map(textOf))).toEqual(['one', 'one']);
    expect(sender.requests).toHaveLength(1);
    expect(sender.requests[0]?.request).toMatchObject({
      url: CLIENT.tokenUrl,
      timeouts: { connectMs: 1_000, totalMs: 10_000 },
      answerBytes: 16_384,
    });
  });

  it('are kept until shortly before their end', async () => {
    sender.always = answer('one');
    await tokens.of(endpoint, CLIENT);
    jest.setSystemTime(NOW + 89_999);
    await tokens.of(endpoint, CLIENT);
    expect(sender.requests).toHaveLength(1);
    jest.setSystemTime(NOW + 90_000);
    sender.always = answer('two');
    expect(await textOf(tokens.of(endpoint, CLIENT))).toBe('two');
  });

  it('are asked for anew after a failure, and when the endpoint has changed', async () => {
    sender.always = { kind: 'network-error', code: 'ECONNREFUSED', timing: { totalMs: 1 } };
    expect(await tokens.of(endpoint, CLIENT)).toMatchObject({ kind: 'failed', reason: 'network:ECONNREFUSED' });
    sender.always = answer('one');
    expect(await textOf(tokens.of(endpoint, CLIENT))).toBe('one');
    sender.always = answer('two');
    expect(await textOf(tokens.of({ ...endpoint, version: 2 }, CLIENT))).toBe('two');
  });

  it('that are refused are renewed once for all, and not again for a while', async () => {
    sender.always = answer('one');
    const first = await usable(tokens.of(endpoint, CLIENT));
    sender.always = answer('two');
    const renewed = await Promise.all([1, 2].map(() => tokens.renewed(endpoint, CLIENT, first)));
    expect(renewed).toMatchObject([{ token: 'two' }, { token: 'two' }]);
    expect(await tokens.renewed(endpoint, CLIENT, first)).toMatchObject({ token: 'two' });
    expect(sender.requests).toHaveLength(2);
    const second = await usable(tokens.of(endpoint, CLIENT));
    expect(await tokens.renewed(endpoint, CLIENT, second)).toBeUndefined();
    jest.setSystemTime(NOW + 60_000);
    sender.always = answer('three');
    expect(await tokens.renewed(endpoint, CLIENT, second)).toMatchObject({ token: 'three' });
  });

  it('cost an attempt, not the process, when the sender itself fails', async () => {
    sender.always = new Error('a fault of ours');
    expect(await tokens.of(endpoint, CLIENT)).toMatchObject({ kind: 'failed', reason: 'network:INTERNAL' });
  });
});
