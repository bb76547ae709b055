import { RE2JS } from '@bufbuild/re2';
import { LONGEST_PATTERN } from '../json-schema/schema-rules.js';
import type { Budget } from './budget.js';

const UNICODE_ESCAPE = /\\u([0-9a-fA-F]{4})/g;
const CHARACTERS_A_UNIT = 8;

/**
 * A pattern as RE2 runs it: in time that grows with the text alone, whoever wrote it.
 * @throws Error saying what is wrong with it, or that RE2 does not have
 */
export class LinearPattern {
  private readonly program: RE2JS;

  constructor(
    private readonly pattern: string,
    private readonly budget?: Budget,
  ) {
    if (pattern.length > LONGEST_PATTERN) {
      throw new Error(`has ${String(pattern.length)} characters; the limit is ${String(LONGEST_PATTERN)}`);
    }
    this.program = new RE2JS(pattern.replaceAll(UNICODE_ESCAPE, '\\x{$1}'));
  }

  test(text: string): boolean {
    this.budget?.spend(Math.ceil(text.length * (1 + this.pattern.length / CHARACTERS_A_UNIT)));
    return this.program.test(text);
  }

  /** What a validator prints for it. */
  toString(): string {
    return `/${this.pattern}/`;
  }
}

/** Undefined for a pattern that can be run. */
export function patternFault(pattern: string): string | undefined {
  try {
    new LinearPattern(pattern);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unreadable';
    return `is no pattern that can be run in bounded time (${why}): write it without look-around and back-references`;
  }
}
