import { EVENT_CATALOGUE, schemaBreaks } from '@signpost/domain';

const FOLDER = 'docs/reference/schemas/';

/** The catalogue's schemas as files, one for each event type and version: docs/reference/schemas/lead.captured.v1.json. */
export function eventSchemas(): Record<string, string> {
  return Object.fromEntries(
    EVENT_CATALOGUE.map(({ name, version, schema }) => [
      `${FOLDER}${name}.v${String(version)}.json`,
      `${JSON.stringify(schema, null, 2)}\n`,
    ]),
  );
}

/**
 * Why the schema in a file may not become another: whoever receives the event type by the file could not read on.
 * Such a change gets a version of its own, and so a file of its own.
 */
export function schemaFileBreaks(file: string, kept: string, text: string): readonly string[] {
  if (!file.startsWith(FOLDER) || kept === '') return [];
  return schemaBreaks(JSON.parse(kept), JSON.parse(text)).map(
    ({ at, reason }) => `${file}: ${at.join('/')} ${reason}; raise the version of the event type`,
  );
}
