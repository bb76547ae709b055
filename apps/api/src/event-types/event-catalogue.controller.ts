import { Controller, Get, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CatalogueEventOut, listOf } from '@signpost/contracts';
import { EVENT_CATALOGUE } from '@signpost/domain';
import { ApiKeyGuard } from '@signpost/runtime';
import { Documented } from '../http/documented.js';
import type { ListAnswer } from '../http/pages.js';

@ApiTags('Event Catalogue')
@Controller('api/v1/event-catalogue')
@UseGuards(ApiKeyGuard)
export class EventCatalogueController {
  @Get()
  @Documented({
    id: 'v1.event-catalogue.list',
    summary: 'List the event types that come with Signpost, each with its schema and an example',
    description:
      'An organisation has its own event types beside them, and in place of those of the same name: see the event types.',
    portal: 'ViewBase',
    answers: { 200: listOf(CatalogueEventOut) },
  })
  list(): ListAnswer<CatalogueEventOut> {
    return { data: EVENTS, iterator: null, prevIterator: null, done: true };
  }
}

const EVENTS: readonly CatalogueEventOut[] = EVENT_CATALOGUE.map(
  ({ name, version, kind, description, schema, example }) => ({
    name,
    version,
    kind,
    description,
    schema,
    example: { ...example },
  }),
);
