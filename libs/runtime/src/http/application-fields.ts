import type { ApplicationIn } from '@signpost/contracts';
import type { ApplicationFields } from '@signpost/ports';
import type * as z from 'zod';

/** Every field: what the body lacks is cleared. */
export function applicationFields(body: z.output<typeof ApplicationIn>): ApplicationFields {
  return {
    uid: body.uid ?? undefined,
    name: body.name,
    metadata: body.metadata,
    throttleRate: body.throttleRate ?? body.rateLimit ?? undefined,
    weight: body.weight ?? undefined,
    intakeQuota: body.intakeQuota ?? undefined,
    notifyEmails: body.notifyEmails ?? undefined,
    validation: body.validation ?? undefined,
  };
}
