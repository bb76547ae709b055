import * as z from 'zod';

/** Which names and values may be set is checked further on, with every fault by its header. */
export const EndpointHeaders = z
  .record(z.string(), z.string())
  .describe("Sent with every delivery beside Signpost's own, by name; the values are sealed at rest.");

export const EndpointHeadersIn = z.object({ headers: EndpointHeaders });

export const EndpointHeadersPatchIn = z.object({
  headers: z.record(z.string(), z.string().nullable()).describe('By name; null removes one, others stay.'),
  deleteHeaders: z.array(z.string()).nullish().describe('Names of headers to remove; one that is set as well is set.'),
});

export const EndpointHeadersOut = z.object({
  headers: z.record(z.string(), z.string()),
  sensitive: z.array(z.string()).describe('Names of headers that are sent and whose values are shown to nobody.'),
});
export type EndpointHeadersOut = z.output<typeof EndpointHeadersOut>;
