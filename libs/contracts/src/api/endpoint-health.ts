import * as z from 'zod';
import { Instant } from './names.js';

const why = z.string().describe('For people: what is the matter, and what to do.');
const nextProbeAt = Instant.describe('Nothing is sent before; the first request after it shows how the endpoint does.');

export const EndpointHealthOut = z
  .discriminatedUnion('state', [
    z.object({ state: z.literal('healthy') }),
    z.object({
      state: z.literal('failing'),
      since: Instant.describe('Nothing but failures since.'),
      warnedPercent: z
        .int()
        .describe('The last warning: how much of the time until it is disabled had passed; 0: none.'),
      disablesAt: Instant.describe('When it will be disabled if it goes on failing.'),
      lastFailure: z.string().optional().describe('As the reason of an attempt: http:503, timeout:total, …'),
      nextProbeAt: nextProbeAt.optional(),
      why,
    }),
    z.object({ state: z.literal('breaker-open'), nextProbeAt, why }),
    z.object({ state: z.literal('throttled'), nextProbeAt, why }),
    z.object({ state: z.literal('paused'), since: Instant, by: z.string().describe('Who paused it.'), why }),
    z.object({
      state: z.literal('disabled'),
      reason: z.string().describe('owner, gone (it answered 410) or failing.'),
      since: Instant.optional().describe('When Signpost disabled it.'),
      why,
    }),
  ])
  .describe('How the endpoint does as a whole.');
export type EndpointHealthOut = z.output<typeof EndpointHealthOut>;

export const ENDPOINT_WARNINGS = ['failing', 'certificate-expires', 'plain-http'] as const;

export const EndpointWarningOut = z
  .object({
    code: z.enum(ENDPOINT_WARNINGS),
    detail: z.string(),
    since: Instant.optional(),
  })
  .describe('Something that works now and will not, or not as its owner may think.');
export type EndpointWarningOut = z.output<typeof EndpointWarningOut>;
