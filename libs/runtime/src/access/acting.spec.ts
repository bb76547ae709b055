import { describe, expect, it } from '@jest/globals';
import { newId, type Actor } from '@signpost/domain';
import { acting, actingAs, actsInRequest, inRequest } from './acting.js';

const key = (name: string): Actor => ({ kind: 'api-key', id: newId('key', 0), name });
const nameOfActor = (): string => {
  const { actor } = acting();
  return 'name' in actor ? actor.name : actor.kind;
};
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('acting', () => {
  it('is the service itself where nobody asked', () => {
    expect(acting()).toEqual({ actor: { kind: 'signpost' } });
    inRequest(() => {
      expect(nameOfActor()).toBe('signpost');
    });
  });

  it('is whoever was authenticated in this request, and not in the one beside it', async () => {
    const request = (name: string): Promise<readonly string[]> =>
      inRequest(async () => {
        const before = nameOfActor();
        await turn();
        // As a guard does: from inside a call that returns before the handler begins.
        await (async () => {
          await turn();
          actsInRequest({ actor: key(name), operation: name });
        })();
        await turn();
        return [before, nameOfActor(), acting().operation ?? ''];
      });
    expect(await Promise.all(['a', 'b'].map(request))).toEqual([
      ['signpost', 'a', 'a'],
      ['signpost', 'b', 'b'],
    ]);
    expect(nameOfActor()).toBe('signpost');
  });

  it('goes on in what a request started and did not wait for', async () => {
    let later: Promise<string> = Promise.resolve('');
    inRequest(() => {
      actsInRequest({ actor: key('a') });
      later = turn().then(nameOfActor);
    });
    expect(await later).toBe('a');
  });

  it('is a command while it runs', async () => {
    const command = actingAs({ actor: { kind: 'command-line', name: 'create-key' } }, () => turn().then(nameOfActor));
    expect(nameOfActor()).toBe('signpost');
    expect(await command).toBe('create-key');
  });

  it('cannot be said outside of a request', () => {
    expect(() => {
      actsInRequest({ actor: key('a') });
    }).toThrow(/outside of inRequest/);
  });
});
