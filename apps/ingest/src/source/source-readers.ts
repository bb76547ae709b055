import type { Log, Metrics } from '@signpost/observability';
import type { IngestConfig } from '../ingest.config.js';
import { CloudEventReader } from './cloud-event.reader.js';
import { MappedReader } from './mapped.reader.js';
import { RegistryReader } from './registry/registry.reader.js';
import { SchemaCache } from './registry/schema-cache.js';
import { SchemaRegistry } from './registry/schema-registry.js';
import type { SourceReader } from './source-event.js';
import type { Source } from './source-intake.js';
import type { SourceSettings } from './source-settings.js';

/** The topics that are read, each with what reads its records; all of one registry share what is known of its schemas. */
export function sourcesOf(
  { sources, registry }: Pick<IngestConfig, 'sources' | 'registry'>,
  metrics: Metrics,
  log: Log,
): ReadonlyMap<string, Source> {
  const schemas = registry && new SchemaCache(new SchemaRegistry(registry, metrics, log));
  return new Map(
    sources.map((settings) => [
      settings.topic,
      { reader: readerOf(settings, schemas), organisationId: settings.organisationId },
    ]),
  );
}

/** `schemas`: undefined where no registry is set. */
function readerOf(settings: SourceSettings, schemas: SchemaCache | undefined): SourceReader {
  switch (settings.format) {
    case 'cloudevents':
      return new CloudEventReader(settings.map);
    case 'json':
      return new MappedReader(settings.map);
    case 'registry':
      if (schemas === undefined) throw new Error(`${settings.topic} needs a schema registry, and none is set`);
      return new RegistryReader(settings.map, schemas);
  }
}
