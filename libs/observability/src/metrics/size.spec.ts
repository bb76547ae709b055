import { describe, expect, it } from '@jest/globals';
import { METRICS } from './catalogue.js';
import type { MetricDefinition } from './definition.js';
import { Metrics } from './metrics.js';

const MOST_BYTES = 1_000_000;
const ID = 'ep_0123456789012345678901234567';
/** As long as a number is written. */
const LONG = 123_456_789.123_456_7;

interface AnyHandle {
  readonly add?: (count: number, labels: Labels) => void;
  readonly set?: (value: number, labels: Labels) => void;
  readonly observe?: (value: number, labels: Labels) => void;
  readonly show?: (rows: readonly { readonly ids: Labels; readonly value: number }[]) => void;
}
type Labels = Readonly<Record<string, string>>;

const combinations = (labels: Readonly<Record<string, readonly string[]>>): readonly Labels[] =>
  Object.entries(labels).reduce<readonly Labels[]>(
    (sets, [name, values]) => sets.flatMap((set) => values.map((value) => ({ ...set, [name]: value }))),
    [{}],
  );

/** Labels are closed sets: this is all that a process can ever show, whatever happens to it. */
describe('a scrape with every series that the catalogue allows', () => {
  it('is smaller than a megabyte', async () => {
    const metrics = new Metrics();
    for (const [key, definition] of Object.entries<MetricDefinition>(METRICS)) {
      const handle = metrics.of[key as keyof typeof METRICS] as unknown as AnyHandle;
      if (definition.kind === 'ranking') {
        const ids = Object.fromEntries(definition.ids.map((name) => [name, ID]));
        const row = (n: number) => ({ ids: { ...ids, [definition.ids[0] ?? '']: `${ID}${String(n)}` }, value: LONG });
        handle.show?.(Array.from({ length: 10_000 }, (_, n) => row(n)));
        continue;
      }
      for (const labels of combinations(definition.labels)) {
        handle.add?.(LONG, labels);
        handle.set?.(LONG, labels);
        handle.observe?.(LONG, labels);
      }
    }
    const text = await metrics.registry.metrics();
    const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
    expect(series).toBeGreaterThan(1_000);
    expect(Buffer.byteLength(text)).toBeLessThan(MOST_BYTES);
  });
});
