import type { EventDefinition } from '@signpost/domain';
import type { Components, JsonObject } from './components.js';

const header = (name: string, description: string, example: string): JsonObject => ({
  name,
  in: 'header',
  required: true,
  description,
  schema: { type: 'string' },
  example,
});

/** The headers of every delivery, by Standard Webhooks. */
export const WEBHOOK_PARAMETERS = {
  WebhookId: header(
    'webhook-id',
    "The message's id: the same on every attempt and after every crash. Drop what you have seen already.",
    'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W',
  ),
  WebhookTimestamp: header(
    'webhook-timestamp',
    "The attempt's own time, in seconds since 1970. Refuse what is more than five minutes away from your clock.",
    '1767323045',
  ),
  WebhookSignature: header(
    'webhook-signature',
    'Signatures of `<webhook-id>.<webhook-timestamp>.<body>`, newest key first, separated by spaces: v1 is HMAC-SHA256, v1a ed25519.',
    'v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=',
  ),
} as const satisfies Record<string, JsonObject>;

/** What a receiver gets for an event type, and what Signpost makes of its answers. */
export function webhookObject(
  { name, description, schema, example }: EventDefinition,
  components: Components,
): JsonObject {
  const { $schema: _, ...shape } = schema;
  return {
    post: {
      operationId: name,
      tags: ['Webhooks'],
      summary: name,
      description,
      security: [],
      parameters: Object.keys(WEBHOOK_PARAMETERS).map((parameter) => ({
        $ref: `#/components/parameters/${parameter}`,
      })),
      requestBody: {
        required: true,
        content: { 'application/json': { schema: components.add(componentName(name), shape), example } },
      },
      responses: {
        '2XX': { description: 'Delivered. Answer within the time-out, and work afterwards.' },
        '410': { description: 'Gone: the endpoint is disabled.' },
        '429': { description: 'Slow down: nothing is sent before Retry-After, then slowly.' },
        default: { description: "Failed: tried again by the endpoint's schedule. Redirects are not followed." },
      },
    },
  };
}

/** LeadCapturedEvent of lead.captured. */
export function componentName(name: string): string {
  const words = name.split(/[._-]/);
  return `${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}Event`;
}
