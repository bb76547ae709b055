import { Controller, HttpCode, Post, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { FilterTryIn, FilterTryOut } from '@signpost/contracts';
import { contentMismatchOf, notMatchedText, type AskingContent, type ContentMismatch } from '@signpost/domain';
import { DeliveryLogReader, type KeptEndpoint, type LoggedMessage } from '@signpost/ports';
import { ApiKeyGuard, CallerOf, JsonBody, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { Documented } from '../http/documented.js';
import { FromPath } from '../http/path.js';
import { PortErrors } from '../http/port-errors.interceptor.js';
import { Owned } from '../owned.js';

type Tried = FilterTryOut['messages'][number];

@ApiTags('Endpoint')
@Controller('api/v1/app/:appId/endpoint/:endpointId/filter/try')
@UseGuards(ApiKeyGuard)
@UseInterceptors(PortErrors)
export class FilterTryController {
  constructor(
    private readonly owned: Owned,
    private readonly log: DeliveryLogReader,
  ) {}

  @Post()
  @HttpCode(200)
  @Documented({
    id: 'v1.endpoint.try-filter',
    summary:
      "Hold filters, or the endpoint's own, against the application's newest messages, and say why some do not match",
    description:
      'Nothing is changed, and nothing is sent. What the body does not name is taken as the endpoint has it.',
    needs: 'read',
    portal: 'ViewBase',
    body: FilterTryIn,
    answers: { 200: FilterTryOut },
  })
  async try(
    @CallerOf() caller: Caller,
    @FromPath('appId') appId: string,
    @FromPath('endpointId') endpointId: string,
    @JsonBody(FilterTryIn) body: z.output<typeof FilterTryIn>,
  ): Promise<FilterTryOut> {
    const endpoint = await this.owned.endpoint(caller, appId, endpointId);
    const page = { limit: body.limit, order: 'descending' } as const;
    const { rows } = await this.log.messages(endpoint.applicationId, page, {});
    const asking = askingOf(endpoint, body);
    const messages = rows.slice(0, body.limit).map((message) => tried(asking, message));
    const matched = messages.filter((one) => one.matched).length;
    return { tried: messages.length, matched, summary: summaryOf(matched, messages.length), messages };
  }
}

/** As the endpoint would ask: null names everything. */
function askingOf(endpoint: KeptEndpoint, body: z.output<typeof FilterTryIn>): AskingContent {
  const { eventTypes = endpoint.eventTypes, channels = endpoint.channels, filters = endpoint.filters } = body;
  return {
    id: endpoint.id,
    ...(eventTypes == null ? {} : { eventTypes }),
    ...(channels == null ? {} : { channels }),
    ...(filters == null ? {} : { filters }),
  };
}

function tried(asking: AskingContent, message: LoggedMessage): Tried {
  const mismatch = contentMismatchOf(asking, { ...message, acceptedAtMs: message.acceptedAt.getTime() });
  const { id, eventType, acceptedAt } = message;
  const head = { id, eventType, timestamp: acceptedAt.toISOString() };
  if (mismatch === undefined) return { ...head, matched: true };
  return { ...head, matched: false, rule: ruleOut(mismatch, message) };
}

function ruleOut(rule: ContentMismatch, message: LoggedMessage): NonNullable<Tried['rule']> {
  const text = notMatchedText(rule, message);
  switch (rule.kind) {
    case 'filter':
      return { kind: rule.kind, text, ...(rule.clause === undefined ? {} : { clause: rule.clause }) };
    case 'event-type':
    case 'channel':
      return { kind: rule.kind, text, clause: rule.asked.slice(0, MOST_NAMED).join(', ') };
    case 'only-endpoint':
      // The log does not say it of a message in a list, so that nobody is left out for it.
      return { kind: 'filter', text };
  }
}

const MOST_NAMED = 10;

function summaryOf(matched: number, count: number): string {
  if (count === 0) return 'The application has no messages to hold it against.';
  if (count === 1) return `It would have matched ${matched === 1 ? 'the only message' : 'not even the only message'}.`;
  return `It would have matched ${String(matched)} of the last ${String(count)} messages.`;
}
