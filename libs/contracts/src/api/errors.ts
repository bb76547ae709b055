import * as z from 'zod';

/** Every failure but a validation. */
export const HttpErrorOut = z.object({
  code: z.string().describe('Stable, for machines.'),
  detail: z.string().describe('For people: what is wrong, where, and what to do.'),
});

const ValidationErrorItem = z.object({
  loc: z
    .array(z.string())
    .describe('From the part of the request down to the field, places in a list included: body, eventTypes, 0.'),
  msg: z.string().describe('For people: what is wrong with it.'),
  type: z.string().describe('Stable, for machines: invalid_type, invalid_format, too_big, …'),
});

/** 422: every fault, with its place. */
export const HTTPValidationError = z.object({ detail: z.array(ValidationErrorItem) });
