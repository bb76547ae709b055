import { describe, expect, it } from '@jest/globals';
import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import { ATTRIBUTE } from './attributes.js';

describe('the names of what spans say', () => {
  it.each(Object.values(ATTRIBUTE))('%s is a name of the conventions', (name) => {
    const known: readonly unknown[] = Object.values(conventions);
    expect(known).toContain(name);
  });
});
