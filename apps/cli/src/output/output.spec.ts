import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { painter, wantsColour } from './colours.js';
import { shownDuration } from './durations.js';
import { ProgressBar, progressLine, timeLeft } from './progress.js';
import { fields, table } from './table.js';
import { harmless, shortened, widthOf } from './width.js';

const plain = painter(false);

describe('the width of a text', () => {
  it.each([
    ['abc', 3],
    ['Zoë', 3],
    ['Zoe\u0308', 3],
    ['日本', 4],
    ['👋', 2],
    ['👩‍👩‍👧', 2],
    ['\x1b[31mred\x1b[39m', 3],
    ['', 0],
  ])('of %j is %i', (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  it('never goes beyond what a text is shortened to', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 30 }), (text, columns) => {
        const clean = harmless(text);
        expect(widthOf(shortened(clean, columns))).toBeLessThanOrEqual(columns);
        if (widthOf(clean) <= columns) expect(shortened(clean, columns)).toBe(clean);
      }),
    );
  });

  it('takes out of a text what would move the cursor', () => {
    expect(harmless('a\x1b[2Jb\nc\x1b[31md\x07')).toBe('a [2Jb cd ');
  });
});

describe('a table', () => {
  const columns = [
    { title: 'id', of: ({ id }: { id: string }) => id, isWhole: true },
    { title: 'text', of: ({ text }: { text: string }) => text },
  ];

  it('stands in columns', () => {
    const rows = [
      { id: 'a', text: 'one' },
      { id: 'bbb', text: '日本' },
    ];
    expect(table(rows, columns, plain, undefined)).toBe('ID   TEXT\na    one\nbbb  日本');
  });

  it('fits its screen, and never cuts what is copied', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ id: fc.stringMatching(/^[a-z]{27}$/), text: fc.string() }), { minLength: 1 }),
        (rows) => {
          const lines = table(rows, columns, plain, 60).split('\n');
          for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(60);
          rows.forEach(({ id }, at) => expect(lines[at + 1]).toContain(id));
        },
      ),
    );
  });

  it('lets nothing through that would move the cursor', () => {
    const evil = 'a\x1b[2Jb\x07';
    expect(table([{ id: evil, text: evil }], columns, plain, undefined)).not.toContain('\x1b');
    expect(fields([['a', evil]], plain)).toBe('a  a [2Jb ');
  });

  it('shows fields, without those that are absent', () => {
    expect(
      fields(
        [
          ['a', 1],
          ['long', 'x'],
          ['none', undefined],
        ],
        plain,
      ),
    ).toBe('a     1\nlong  x');
  });
});

describe('progress', () => {
  const screen = () => {
    const written: string[] = [];
    return { written, write: (text: unknown) => written.push(String(text)) > 0, columns: 60 };
  };

  it('is drawn in one line and taken away', () => {
    const to = screen();
    const bar = new ProgressBar(to, 'Sending', true);
    bar.show({ done: 1, total: 2, leftMs: 61_000 });
    bar.show({ done: 1, total: 2 });
    bar.show({ done: 2, total: 2 });
    bar.clear();
    expect(to.written).toHaveLength(3);
    expect(to.written[0]).toContain('50 %');
    expect(to.written.join('')).not.toContain('\n');
    expect(to.written.at(-1)).toBe('\r\x1b[2K');
    for (const line of to.written) expect(widthOf(line.replace('\r\x1b[2K', ''))).toBeLessThan(60);
  });

  it('is drawn for nobody where nobody looks', () => {
    const to = screen();
    const bar = new ProgressBar(to, 'Sending', false);
    bar.show({ done: 1, total: 2 });
    bar.clear();
    expect(to.written).toEqual([]);
  });

  it('knows how far it is, whatever the numbers', () => {
    expect(progressLine('x', { done: 5 })).toBe('x  5');
    expect(progressLine('x', { done: 1, total: 4, leftMs: 3_000 })).toContain('25 %  1 of 4  3.0 s left');
    expect(progressLine('x', { done: 9, total: 4 })).toContain('100 %');
    expect(progressLine('x', { done: 0, total: 0 })).toContain('100 %');
    expect(timeLeft(0, 5, 10)).toBeUndefined();
    expect(timeLeft(2, 6, 100)).toBe(200);
  });
});

describe('durations', () => {
  it.each([
    [4.4, '4 ms'],
    [1_234, '1.2 s'],
    [45_000, '45 s'],
    [200_000, '3 min 20 s'],
    [7_200_000, '2 h'],
    [187_200_000, '2 d 4 h'],
    [Number.NaN, '?'],
  ])('%d ms is %s', (ms, text) => {
    expect(shownDuration(ms)).toBe(text);
  });
});

describe('colours', () => {
  it.each([
    [{}, true, false, true],
    [{}, false, false, false],
    [{ NO_COLOR: '1' }, true, false, false],
    [{ NO_COLOR: '' }, true, false, true],
    [{ NO_COLOR: '0', FORCE_COLOR: '1' }, true, false, false],
    [{ FORCE_COLOR: '1' }, false, false, true],
    [{ FORCE_COLOR: '0' }, true, false, false],
    [{ TERM: 'dumb' }, true, false, false],
    [{ FORCE_COLOR: '1' }, true, true, false],
  ])('%j, a terminal %p, forbidden %p: %p', (env, isTty, isForbidden, expected) => {
    expect(wantsColour(env, isTty, isForbidden)).toBe(expected);
  });
});
