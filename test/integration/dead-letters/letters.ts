import { deadLetterOf, type DeadLetter, type Death } from '@signpost/contracts';
import { deliveryIdOf, newId, type ApplicationId, type EndpointId, type MessageId } from '@signpost/domain';

export interface LetterOf {
  readonly applicationId: ApplicationId;
  readonly endpointId: EndpointId;
  readonly messageId?: MessageId;
  readonly eventType?: string;
  readonly atMs?: number;
  readonly reason?: Death['reason'];
  /** The last failure; an HTTP status follows from it. */
  readonly last?: string;
  readonly redelivery?: number;
}

/** A dead letter, of a message of its own unless one is given. */
export function aLetter({ applicationId, endpointId, ...of }: LetterOf): DeadLetter {
  const atMs = of.atMs ?? Date.now() - 1_000;
  const messageId = of.messageId ?? newId('msg', atMs - 5_000);
  const last = of.last ?? 'http:503';
  const status = /^http:(\d+)$/.exec(last)?.[1];
  return deadLetterOf({
    delivery: {
      id: deliveryIdOf(messageId, endpointId),
      messageId,
      applicationId,
      endpointId,
      endpointVersion: 1,
      eventType: of.eventType ?? 'lead.captured',
      acceptedAtMs: atMs - 5_000,
      attempt: 3,
      ...(of.redelivery === undefined ? {} : { redelivery: { number: of.redelivery, attemptsBefore: 2 } }),
    },
    reason: of.reason ?? 'attempts-exhausted',
    failures: {
      firstAtMs: atMs - 2_000,
      lastAtMs: atMs,
      last,
      ...(status === undefined ? {} : { lastStatus: Number(status) }),
    },
    origin: { topic: 'signpost.deliveries', partition: 1, offset: 77 },
    atMs,
  });
}
