import * as z from 'zod';

/** Every failure but a validation. */
export const HttpErrorOut = z.object({
  code: z.string().describe('Stable, for machines.'),
  detail: z.string().describe('For people: what is wrong, where, and what to do.'),
});

/** 422: every fault, with its place. */
export const ValidationErrorOut = z.object({
  detail: z.array(z.object({ loc: z.array(z.union([z.string(), z.number()])), msg: z.string(), type: z.string() })),
});
