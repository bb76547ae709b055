import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Fifo } from './fifo.js';

describe('Fifo', () => {
  it('does what an array does', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat(9)), { maxLength: 500 }), fc.nat(9), (steps, extracted) => {
        const fifo = new Fifo<number>();
        let model: number[] = [];
        for (const step of steps) {
          if (step === null) expect(fifo.shift()).toBe(model.shift());
          else {
            fifo.push(step);
            model.push(step);
          }
          expect(fifo.length).toBe(model.length);
        }
        expect(fifo.extract((item) => item === extracted)).toEqual(model.filter((item) => item === extracted));
        model = model.filter((item) => item !== extracted);
        expect(fifo.truncate(5)).toEqual(model.splice(5));
        while (model.length > 0) expect(fifo.shift()).toBe(model.shift());
        expect(fifo.shift()).toBeUndefined();
      }),
    );
  });

  it('lets go of what was taken', () => {
    const fifo = new Fifo<number>();
    for (let round = 0; round < 10_000; round += 1) {
      fifo.push(round);
      fifo.push(round);
      fifo.shift();
    }
    expect(fifo.length).toBe(10_000);
    expect((fifo as unknown as { items: number[] }).items.length).toBeLessThanOrEqual(20_001);
  });
});
