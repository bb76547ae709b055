import type { ApiKeyId, ApplicationId, EndpointId, OrganisationId } from '../ids.js';
import type { ValidationMode } from '../catalogue/validation-mode.js';
import type { DeliveryPermission } from '../egress/delivery-permission.js';
import type { EndpointAuthentication } from '../egress/endpoint-authentication.js';
import type { EndpointTimeouts } from '../egress/endpoint-timeouts.js';
import type { ContentFilter } from '../filters/content-filter.js';
import type { Ordering } from '../lanes/conversation-order.js';
import type { Scope } from '../access/scope.js';
import type { RetrySchedule } from '../retry/retry-schedule.js';
import type { RetiredSecret } from '../signing/signing-secrets.js';
import type { EndpointTransformation } from '../transformation/transformation.js';

/** What the data plane knows of an application. */
export interface Application {
  readonly id: ApplicationId;
  readonly organisationId: OrganisationId;
  readonly version: number;
  readonly uid?: string;
  readonly name: string;
  /** Turns in a row that its deliveries get when others wait as well, from 1; absent: 1. */
  readonly weight?: number;
  /** The most requests a second to all of its endpoints together; undefined: any number. */
  readonly throttleRate?: number;
  /** Messages a second from which on the rest goes the slow way; undefined: what intake has for all. */
  readonly intakeQuota?: number;
  /** Who is told by e-mail about endpoints that name nobody themselves. */
  readonly notifyEmails?: readonly string[];
  /** By event type, '*' for all others: what becomes of payloads that do not fit their schema. */
  readonly validation?: Readonly<Record<string, ValidationMode>>;
}

/** How an endpoint is called over TLS, where that differs from everybody else. */
export interface EndpointTls {
  /** For a receiver that asks who calls it. The certificate is PEM, its chain behind it; the private key is sealed. */
  readonly client?: { readonly certificate: string; readonly privateKey: string };
  /** PEM of the authorities that the receiver's certificate has to come from, in place of those that all others may. */
  readonly ca?: string;
}

/** While set, everything owed to the endpoint waits, and no attempt is spent. */
export interface EndpointPause {
  /** Who asked for it. */
  readonly by: string;
  readonly sinceMs: number;
}

/** What the data plane knows of an endpoint. Secrets are sealed (promise 9); see SecretBox. */
export interface Endpoint {
  readonly id: EndpointId;
  readonly applicationId: ApplicationId;
  /** Rises with every change, so a record can name the state that it was made from. */
  readonly version: number;
  readonly uid?: string;
  readonly url: string;
  readonly disabled: boolean;
  /** Event types asked for, by name or with wildcards; undefined: all. */
  readonly eventTypes?: readonly string[];
  /** Channels asked for; undefined: messages of any channel and of none. */
  readonly channels?: readonly string[];
  /** What messages have to hold: all of them have to fit; undefined: any message does. */
  readonly filters?: readonly ContentFilter[];
  /** Sealed signing secrets, newest first: every one of them signs. */
  readonly secrets: readonly string[];
  /** Those before, newest first: each signs until it expires. */
  readonly retiredSecrets?: readonly RetiredSecret[];
  /** Its own headers by the names that their owner gave them, each value sealed. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What is secret of it is sealed. */
  readonly authentication?: EndpointAuthentication;
  /** The operator's own bounds hold as well. */
  readonly timeouts?: EndpointTimeouts;
  readonly paused?: EndpointPause;
  readonly retrySchedule: RetrySchedule;
  /** The most requests a second that its owner allows; undefined: as many as it answers. */
  readonly throttleRate?: number;
  readonly tls?: EndpointTls;
  /** Present when the receiver has to agree first. */
  readonly permission?: DeliveryPermission;
  /** As its owner described it, shortened. */
  readonly description?: string;
  /** Who is told by e-mail when it fails. */
  readonly notifyEmails?: readonly string[];
  /** Undefined: deliveries go out as they come, side by side. */
  readonly ordering?: Ordering;
  /** Makes its requests of its messages; absent: they go out as they came. */
  readonly transformation?: EndpointTransformation;
}

export interface EventType {
  readonly organisationId: OrganisationId;
  readonly name: string;
  readonly version: number;
  readonly archived: boolean;
  /** Milliseconds after its acceptance from which on a message of this type is worth nothing to anybody. */
  readonly timeToLiveMs?: number;
  readonly coalesce?: Coalesce;
  /** For applications that say nothing of the type. */
  readonly validation?: ValidationMode;
  /** The newest of its schemas as JSON: text, since few processes ever read it. */
  readonly schema?: string;
}

/** Of what one endpoint is owed of a type and conversation (of none: of the type), only the newest is worth sending. */
export type Coalesce = 'latest';

/** An API key as the data plane checks it: only its SHA-256 is known. */
export interface ApiKey {
  readonly id: ApiKeyId;
  readonly organisationId: OrganisationId;
  readonly version: number;
  /** Hex SHA-256 of the key's text. */
  readonly hash: string;
  /** What its owner calls it; absent in records of before it was kept here. */
  readonly name?: string;
  /** Absent: all, as every key had before there were scopes. */
  readonly scopes?: readonly Scope[];
  /** Milliseconds since 1970 from which on it opens nothing; absent: it lasts until it is revoked. */
  readonly expiresAtMs?: number;
}

/** One key of the `control` topic: a kind, an id, and the state at a version (undefined: deleted). */
export type ControlChange =
  | {
      readonly kind: 'application';
      readonly id: string;
      readonly version: number;
      readonly state: Application | undefined;
    }
  | { readonly kind: 'endpoint'; readonly id: string; readonly version: number; readonly state: Endpoint | undefined }
  | {
      readonly kind: 'event-type';
      readonly id: string;
      readonly version: number;
      readonly state: EventType | undefined;
    }
  | { readonly kind: 'api-key'; readonly id: string; readonly version: number; readonly state: ApiKey | undefined };

export type ControlKind = ControlChange['kind'];
export const CONTROL_KINDS = [
  'application',
  'endpoint',
  'event-type',
  'api-key',
] as const satisfies readonly ControlKind[];
