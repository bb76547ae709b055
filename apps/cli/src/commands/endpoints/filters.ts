import { UsageError } from '../../errors.js';

/** As the API takes them; undefined where none is given, null where they are to be taken away. */
export function filtersOf(given: readonly string[] | undefined): readonly object[] | null | undefined {
  if (given === undefined) return undefined;
  const filters = given.map((text) => text.trim()).filter((text) => text !== '');
  return filters.length === 0 ? null : filters.map(filterOf);
}

/** In CEL nothing that is true or false begins with a brace and is JSON. */
function filterOf(text: string): object {
  if (!text.startsWith('{')) return { cel: text };
  try {
    const pattern = JSON.parse(text) as object;
    // As the API has it, and its guide shows it: no message has fields of these names at its top.
    const [dialect, ...others] = Object.keys(pattern);
    return others.length === 0 && (dialect === 'json' || dialect === 'cel') ? pattern : { json: pattern };
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unreadable';
    throw new UsageError(
      `--filter is no JSON: ${why}`,
      'Quote it for your shell: --filter \'{"data":{"score":{"$gte":4}}}\'.',
    );
  }
}
