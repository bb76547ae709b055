import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { ApiError, ValidationError } from './api-error.js';
import { check, parseJsonBody } from './body.js';

describe('parseJsonBody', () => {
  it('answers 400 and says what to send when the bytes are no JSON', () => {
    const parse = () => parseJsonBody(Buffer.from('{"a":'));
    expect(parse).toThrow(ApiError);
    expect(parse).toThrow(/content-type application\/json/);
  });
});

describe('check', () => {
  it('says of a name in a record what is wrong with it', () => {
    const schema = z.object({ modes: z.record(z.string().regex(/^[a-z]+$/, 'has small letters'), z.boolean()) });
    const failing = () => check(schema, { modes: { 'A b': true } }, 'body');
    expect(failing).toThrow('body.modes.A b: has small letters');
  });

  it('locates every fault from the part of the request down', () => {
    const schema = z.object({ name: z.string(), tags: z.array(z.string()) });
    try {
      check(schema, { tags: ['a', 1] }, 'body');
      throw new Error('was accepted');
    } catch (error) {
      expect(error).toBeInstanceOf(ValidationError);
      expect((error as ValidationError).faults.map((fault) => fault.loc)).toEqual([
        ['body', 'name'],
        ['body', 'tags', '1'],
      ]);
    }
  });
});
