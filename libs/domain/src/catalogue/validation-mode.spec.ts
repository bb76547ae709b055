import { describe, expect, it } from '@jest/globals';
import { validationMode, type ValidationMode } from './validation-mode.js';

describe('validationMode', () => {
  it.each<[Record<string, ValidationMode> | undefined, ValidationMode | undefined, ValidationMode]>([
    [undefined, undefined, 'off'],
    [undefined, 'warn', 'warn'],
    [{ a: 'enforce', '*': 'off' }, 'warn', 'enforce'],
    [{ b: 'enforce', '*': 'off' }, 'warn', 'off'],
    [{ b: 'enforce' }, 'warn', 'warn'],
    [{ '*': 'warn' }, undefined, 'warn'],
  ])('of an application with %j and a type with %s is %s', (validation, ofType, expected) => {
    const application = validation === undefined ? {} : { validation };
    expect(validationMode(application, ofType === undefined ? undefined : { validation: ofType }, 'a')).toBe(expected);
  });

  it('takes nothing from what every object has', () => {
    expect(validationMode({ validation: {} }, undefined, 'constructor')).toBe('off');
  });
});
