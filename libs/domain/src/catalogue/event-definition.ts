import { instant, text, type JsonSchema } from './schema.js';

/** What travels: the form that Standard Webhooks recommends. */
export interface EventPayload {
  readonly type: string;
  /** RFC 3339. */
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event type as the catalogue has it. */
export interface EventDefinition {
  readonly name: string;
  /** Rises when a receiver of the version before could no longer read it; a field more does not. */
  readonly version: number;
  /** conversation: the platform publishes it. operational: Signpost itself does, about its deliveries. */
  readonly kind: 'conversation' | 'operational';
  /** When it is sent. */
  readonly description: string;
  /** Of the whole payload, with the example inside. */
  readonly schema: JsonSchema;
  readonly example: EventPayload;
}

interface Described extends Pick<EventDefinition, 'name' | 'version' | 'kind' | 'description'> {
  /** Of `data`. */
  readonly data: JsonSchema;
  /** Of `data`. */
  readonly example: EventPayload['data'];
}

const EXAMPLE_TIME = '2026-03-09T14:05:12.480Z';

export function eventDefinition({ data, example, ...about }: Described): EventDefinition {
  const { name, description } = about;
  const payload = { type: name, timestamp: EXAMPLE_TIME, data: example };
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: name,
    description,
    type: 'object',
    required: ['type', 'timestamp', 'data'],
    properties: {
      type: { type: 'string', const: name },
      timestamp: instant('When it happened.'),
      data,
    },
    examples: [payload],
  };
  return { ...about, schema, example: payload };
}

/** Fields of every event about a conversation. */
export const CONVERSATION = {
  conversationId: text('The conversation, as the platform names it.', { minLength: 1, maxLength: 256 }),
} as const;
