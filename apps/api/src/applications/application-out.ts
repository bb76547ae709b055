import type { ApplicationOut } from '@signpost/contracts';
import type { KeptApplication } from '@signpost/ports';

export function applicationOut(kept: KeptApplication): ApplicationOut {
  return {
    id: kept.id,
    ...(kept.uid === undefined ? {} : { uid: kept.uid }),
    name: kept.name,
    metadata: kept.metadata,
    ...(kept.throttleRate === undefined ? {} : { throttleRate: kept.throttleRate, rateLimit: kept.throttleRate }),
    ...(kept.weight === undefined ? {} : { weight: kept.weight }),
    ...(kept.intakeQuota === undefined ? {} : { intakeQuota: kept.intakeQuota }),
    ...(kept.notifyEmails === undefined ? {} : { notifyEmails: [...kept.notifyEmails] }),
    ...(kept.validation === undefined ? {} : { validation: kept.validation }),
    createdAt: kept.createdAt.toISOString(),
    updatedAt: kept.updatedAt.toISOString(),
  };
}
