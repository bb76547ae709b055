import type { SourceCoordinates } from '@signpost/contracts';
import type {
  ApplicationId,
  AskedChange,
  AttemptId,
  ContentFilter,
  DeliveryId,
  DeliveryPermission,
  EndpointId,
  EndpointPause,
  MessageId,
  OrganisationId,
  StageName,
} from '@signpost/domain';
import type { LoggedAttempt, LoggedDelivery } from './delivery-log.js';

/** Whose messages are looked through: of an organisation, or of one of its applications. */
export interface ExplainScope {
  readonly organisationId: OrganisationId;
  readonly applicationId?: ApplicationId | undefined;
}

export interface ExplainedMessage {
  readonly id: MessageId;
  readonly applicationId: ApplicationId;
  readonly eventType: string;
  readonly eventId?: string;
  readonly conversationId?: string;
  readonly channels?: readonly string[];
  readonly onlyEndpointId?: EndpointId;
  readonly origin?: SourceCoordinates;
  readonly acceptedAt: Date;
  readonly hasPayload: boolean;
  /** It came above its application's quota, and took the slow way. */
  readonly isOverQuota?: boolean;
}

/** A message, and the endpoint that the id was about. */
export interface FoundDelivery {
  readonly message: ExplainedMessage;
  readonly endpointId: EndpointId;
}

/** An endpoint as the control plane keeps it, deleted or not. */
export interface EndpointEver {
  readonly id: EndpointId;
  readonly uid?: string;
  readonly url: string;
  readonly version: number;
  readonly disabled: boolean;
  readonly disabledReason?: string;
  readonly paused?: EndpointPause;
  readonly permission?: DeliveryPermission;
  readonly throttleRate?: number;
  readonly eventTypes?: readonly string[];
  readonly channels?: readonly string[];
  readonly filters?: readonly ContentFilter[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deletedAt?: Date;
}

/** What happened to a delivery beside its attempts. `reason`: why it was parked, or what it is a dead letter for. */
export interface LoggedStage {
  readonly kind: StageName;
  readonly at: Date;
  readonly reason?: string;
}

/** All that is known of a message and one endpoint. */
export interface EndpointStory {
  readonly endpointId: EndpointId;
  /** Undefined where the control plane keeps nothing of it. */
  readonly endpoint?: EndpointEver;
  /** Changes since the matching; undefined where they may not all be kept. Asked for where the endpoint was not matched. */
  readonly changes?: readonly AskedChange[];
  readonly deliveryId: DeliveryId;
  /** Undefined where no fact of it is known. */
  readonly delivery?: LoggedDelivery;
  /** Oldest first; of very many the newest. */
  readonly attempts: readonly LoggedAttempt[];
  readonly stages: readonly LoggedStage[];
  /** When it was asked for again, oldest first. */
  readonly redeliveries: readonly Date[];
}

export interface StoryPage {
  readonly limit: number;
  /** Cursor of the page before. */
  readonly beyond?: string | undefined;
  /** Stands before all others. */
  readonly first?: EndpointId | undefined;
  /** This one alone. */
  readonly only?: EndpointId | undefined;
}

export interface MessageStory {
  /** Undefined while the log has no answer of the matcher. */
  readonly matched?: {
    readonly at: Date;
    readonly endpointIds: ReadonlySet<EndpointId>;
    /** Its event came before, in another message. */
    readonly isRepeat: boolean;
  };
  /** Those that it was matched to, or sent to again, before all others. */
  readonly endpoints: readonly EndpointStory[];
  /** Endpoints that there were or are, those of the message among them. */
  readonly considered: number;
  /** Cursor of the next page; undefined after the last. */
  readonly beyond?: string;
}

/** What the delivery log and the control plane know of one message. Every answer ends soon, however much there is. */
export abstract class ExplainLog {
  abstract byMessage(scope: ExplainScope, id: MessageId): Promise<ExplainedMessage | undefined>;
  /** Also of a delivery that nothing but its matching is known of. */
  abstract byDelivery(scope: ExplainScope, id: DeliveryId): Promise<FoundDelivery | undefined>;
  abstract byAttempt(scope: ExplainScope, id: AttemptId): Promise<FoundDelivery | undefined>;
  /** Newest first; of very many some. */
  abstract byEvent(scope: ExplainScope, eventId: string): Promise<readonly ExplainedMessage[]>;
  /** Newest first. */
  abstract byOrigin(scope: ExplainScope, origin: SourceCoordinates): Promise<readonly ExplainedMessage[]>;
  /** By its id or uid, deleted or not: of several with one uid the newest. */
  abstract endpointId(applicationId: ApplicationId, idOrUid: string): Promise<EndpointId | undefined>;
  abstract story(message: ExplainedMessage, page: StoryPage): Promise<MessageStory>;
}
