import { describe, expect, it } from '@jest/globals';
import { DatabaseUnavailableError } from '@signpost/ports';
import { Gathered } from './gathered.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setup(options: { most?: number; weight?: (item: number) => number } = {}) {
  const statements: { items: readonly number[]; end: PromiseWithResolvers<readonly string[]> }[] = [];
  const gathered = new Gathered<number, string>({
    ...options,
    work: (items) => {
      const end = Promise.withResolvers<readonly string[]>();
      statements.push({ items, end });
      return end.promise;
    },
  });
  const answer = async (index: number): Promise<void> => {
    const statement = statements[index];
    statement?.end.resolve(statement.items.map((item) => `answer ${String(item)}`));
    await turn();
    await turn();
  };
  return { gathered, statements, answer };
}

describe('Gathered', () => {
  it('asks once for all who come while two statements are under way, and answers each', async () => {
    const { gathered, statements, answer } = setup();
    const all = [0, 1].map((item) => gathered.do(item));
    await turn();
    all.push(gathered.do(2));
    await turn();
    all.push(...[3, 4, 5].map((item) => gathered.do(item)));
    await turn();
    expect(statements.map(({ items }) => items)).toEqual([[0, 1], [2]]);
    await answer(0);
    expect(statements[2]?.items).toEqual([3, 4, 5]);
    await answer(1);
    await answer(2);
    await expect(Promise.all(all)).resolves.toEqual([0, 1, 2, 3, 4, 5].map((item) => `answer ${String(item)}`));
  });

  it('keeps a statement to its size, but for one that is larger by itself', async () => {
    const { gathered, statements, answer } = setup({ most: 10, weight: (item) => item });
    const all = [6, 3, 4, 20, 1].map((item) => gathered.do(item));
    for (let index = 0; index < 4; index += 1) {
      await turn();
      await answer(index);
    }
    await Promise.all(all);
    expect(statements.map(({ items }) => items)).toEqual([[6, 3], [4], [20], [1]]);
  });

  it('lets one that is at fault fail alone', async () => {
    const { gathered, statements, answer } = setup();
    const all = Promise.allSettled([0, 1].map((item) => gathered.do(item)));
    await turn();
    statements[0]?.end.reject(new Error('a fault'));
    await turn();
    statements[1]?.end.reject(new Error('this one'));
    await turn();
    await answer(2);
    expect(await all).toMatchObject([{ reason: { message: 'this one' } }, { value: 'answer 1' }]);
  });

  it('refuses at once while the database is away, and lets one try after a while', async () => {
    const { gathered, statements } = setup();
    const both = Promise.allSettled([gathered.do(0), turn().then(() => gathered.do(1))]);
    await turn();
    statements[0]?.end.reject(new DatabaseUnavailableError('away'));
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const tried = statements.length;
    await expect(gathered.do(2)).rejects.toBeInstanceOf(DatabaseUnavailableError);
    expect(statements).toHaveLength(tried);
  });
});
