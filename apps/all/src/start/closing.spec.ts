import { describe, expect, it } from '@jest/globals';
import { Closing } from './closing.js';

const never = new Promise<void>(() => undefined);

describe('Closing', () => {
  it('closes what came last first, and the services after all else', async () => {
    const order: string[] = [];
    const closing = new Closing(never);
    closing.last(async () => void order.push('services'));
    closing.first(async () => void order.push('receiver'));
    closing.first(async () => void order.push('roles'));
    await closing.run();
    expect(order).toEqual(['roles', 'receiver', 'services']);
  });

  it('ends at once what hangs when it is asked to hurry, and still closes the services', async () => {
    const order: string[] = [];
    const closing = new Closing(Promise.resolve());
    closing.last(async () => void order.push('services'));
    closing.first(
      () => never,
      async () => void order.push('killed'),
    );
    await closing.run();
    expect(order).toEqual(['killed', 'services']);
  });

  it('closes the rest when one fails, and then says so', async () => {
    const order: string[] = [];
    const closing = new Closing(never);
    closing.last(async () => void order.push('services'));
    closing.first(() => Promise.reject(new Error('stuck')));
    await expect(closing.run()).rejects.toThrow('stuck');
    expect(order).toEqual(['services']);
  });
});
