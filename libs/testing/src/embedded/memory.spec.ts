import { describe, expect, it } from '@jest/globals';
import { ensureMemory } from './memory.js';

describe('ensureMemory', () => {
  it('is content with exactly enough', () => {
    expect(() => {
      ensureMemory(512, 512 * 1024 * 1024);
    }).not.toThrow();
  });

  it('says how much is missing and what to do', () => {
    expect(() => {
      ensureMemory(512, 512 * 1024 * 1024 - 1);
    }).toThrow(
      expect.objectContaining({
        code: 'memory_short',
        message: expect.stringMatching(/511 MB.*512 MB.*KAFKA_BROKERS/),
      }),
    );
  });
});
