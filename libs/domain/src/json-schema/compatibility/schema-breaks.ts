import { isSameJson, type SchemaObject } from '../keywords.js';
import { Comparison } from './comparison.js';
import { TooIntricateError, type SchemaBreak } from './schema-break.js';

const MOST_BREAKS = 50;

/**
 * What of a changed schema receivers of the old one could not read: empty only where every value that the new one
 * allows was allowed before. What nobody can tell counts as a break. Fields may be added, required or narrowed.
 */
export function schemaBreaks(before: unknown, after: unknown): readonly SchemaBreak[] {
  if (isSameJson(before, after)) return [];
  try {
    return new Comparison(before, after).breaks(before, [after], []).slice(0, MOST_BREAKS);
  } catch (error) {
    if (!(error instanceof TooIntricateError)) throw error;
    return [
      { at: [], code: 'not-comparable', reason: 'the schema is too intricate to tell whether receivers read on' },
    ];
  }
}

/** The same for an event type's schemas by version: one that is there stays, and stays readable. New versions are free. */
export function versionBreaks(
  before: SchemaObject | undefined,
  after: SchemaObject | undefined,
): readonly SchemaBreak[] {
  return Object.entries(before ?? {}).flatMap(([version, schema]): readonly SchemaBreak[] => {
    if (after === undefined || !Object.hasOwn(after, version)) {
      const reason = 'receivers may still read by this version: send it along, or archive the event type';
      return [{ at: [version], code: 'version-removed', reason }];
    }
    return schemaBreaks(schema, after[version]).map((found) => ({ ...found, at: [version, ...found.at] }));
  });
}
