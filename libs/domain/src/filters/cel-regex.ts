import { RE2JS } from '@bufbuild/re2';
import type { Steps } from './steps.js';

const LONGEST_PATTERN = 256;
/** About as many instructions of a program. */
const HEAVIEST_PATTERN = 500;
/** A class of Unicode is hundreds of ranges, copied for each repetition. */
const UNICODE_CLASS_WEIGHT = 40;

const MOST_KEPT = 100;
/** What a matcher learns of its pattern while it reads texts takes a kilobyte each. */
const MOST_STATES = 500;
/** Of a text times those of a program: what one step may look at. */
const LOOKS_A_STEP = 4;

/** Compiled, the latest used last: endpoints may have very many patterns, and each has its memory. */
export class RegexMemory {
  private readonly kept = new Map<string, RE2JS>();

  /** @throws TooManyStepsError for a text too long for a pattern of that size */
  test(pattern: string, text: string, steps: Steps): boolean {
    const regex = this.compiled(pattern);
    const { prog, dfa } = regex.re2();
    steps.spend(Math.ceil((text.length * prog.numInst()) / LOOKS_A_STEP));
    const isFound = regex.test(text);
    if (dfa.stateCount > MOST_STATES) this.kept.delete(pattern);
    return isFound;
  }

  /** What is kept, and what that has learnt of its texts. */
  get size(): { readonly patterns: number; readonly states: number } {
    const states = [...this.kept.values()].reduce((sum, regex) => sum + regex.re2().dfa.stateCount, 0);
    return { patterns: this.kept.size, states };
  }

  private compiled(pattern: string): RE2JS {
    const regex = this.kept.get(pattern) ?? RE2JS.compile(pattern);
    this.kept.delete(pattern);
    this.kept.set(pattern, regex);
    const [oldest] = this.kept.keys();
    if (this.kept.size > MOST_KEPT && oldest !== undefined) this.kept.delete(oldest);
    return regex;
  }
}

/** Why a regular expression is not taken. RE2 takes time in proportion to the text, whatever the pattern. */
export function regexRefusal(pattern: string): string | undefined {
  if (pattern.length > LONGEST_PATTERN) {
    return `a regular expression has ${String(LONGEST_PATTERN)} characters at most`;
  }
  if (weightOf(pattern) > HEAVIEST_PATTERN) {
    return 'the regular expression repeats too much: its counts multiply to a very large program';
  }
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** How large its program becomes, roughly: counted repetitions multiply what they repeat. Asked before it is compiled. */
export function weightOf(pattern: string): number {
  // What is open: all of a group, and its last part, which is what a count repeats.
  const groups = [{ total: 0, last: 0 }];
  const top = (): { total: number; last: number } => groups.at(-1) ?? { total: 0, last: 0 };
  const add = (weight: number): void => {
    top().total += weight;
    top().last = weight;
  };
  for (const [token] of pattern.matchAll(TOKENS)) {
    if (token === '(') groups.push({ total: 0, last: 0 });
    else if (token === ')' && groups.length > 1) add((groups.pop()?.total ?? 0) + 1);
    else if (COUNT.test(token)) {
      const times = Math.max(...(token.match(/\d+/g) ?? []).map(Number));
      top().total += top().last * (times - 1);
      top().last *= times;
    } else add(/\\[pP]/.test(token) ? UNICODE_CLASS_WEIGHT : 1);
  }
  return groups.reduce((sum, { total }) => sum + total, 0);
}

/** An escape, a class, a count, or any other character. */
const TOKENS = /\\[pP]\{[^}]*\}|\\[pP].|\\x\{[^}]*\}|\\.|\[\]?(?:\\.|[^\]\\])*\]|\{\d+(?:,\d*)?\}|./gsu;
const COUNT = /^\{\d/;
