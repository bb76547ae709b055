import {
  AppError,
  type Application,
  type ApplicationId,
  type Coalesce,
  type ContentFilter,
  type DeliveryPermission,
  type Endpoint,
  type EndpointAuthentication,
  type EndpointId,
  type EndpointPause,
  type EndpointTimeouts,
  type EndpointTls,
  type EventType,
  type OrganisationId,
  type Ordering,
  type RetrySchedule,
  type SigningSecrets,
  type ValidationMode,
} from '@signpost/domain';
import type { RecordSink } from './records.js';
import type { KeptTransformation } from './transformations.js';

/** A uid or name that another of the same owner has. `field` says which: 'uid' or 'name'. */
export class NameTakenError extends AppError {
  readonly code = 'conflict';
  constructor(
    readonly field: 'uid' | 'name',
    readonly value: string,
  ) {
    super(`the ${field} ${value} is already taken`);
  }
}

/** The database cannot be reached or refuses work for now; the same call may succeed later. */
export class DatabaseUnavailableError extends AppError {
  readonly code = 'database_unavailable';
}

export type Metadata = Readonly<Record<string, string>>;

interface Kept {
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface ApplicationFields {
  readonly uid?: string | undefined;
  readonly name: string;
  readonly metadata: Metadata;
  /** Messages a second to all of the application's endpoints. */
  readonly throttleRate?: number | undefined;
  /** Turns in a row that its deliveries get, from 1; absent: 1. */
  readonly weight?: number | undefined;
  /** Messages a second from which on the rest goes the slow way. */
  readonly intakeQuota?: number | undefined;
  /** Who is told by e-mail about endpoints that name nobody themselves. */
  readonly notifyEmails?: readonly string[] | undefined;
  /** By event type, '*' for all others. */
  readonly validation?: Readonly<Record<string, ValidationMode>> | undefined;
}
export interface KeptApplication extends Omit<Application, keyof ApplicationFields>, ApplicationFields, Kept {}

export interface EndpointFields {
  readonly uid?: string | undefined;
  readonly url: string;
  readonly description: string;
  readonly disabled: boolean;
  readonly eventTypes?: readonly string[] | undefined;
  readonly channels?: readonly string[] | undefined;
  /** Checked: see filterRefusal. */
  readonly filters?: readonly ContentFilter[] | undefined;
  readonly metadata: Metadata;
  /** Messages a second. */
  readonly throttleRate?: number | undefined;
  readonly retrySchedule: RetrySchedule;
  readonly tls?: EndpointTls | undefined;
  readonly permission?: DeliveryPermission | undefined;
  /** Who is told by e-mail when it fails. */
  readonly notifyEmails?: readonly string[] | undefined;
  /** How conversations keep their order; undefined: they need not. */
  readonly ordering?: Ordering | undefined;
  /** Its own headers, each value sealed. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What is secret of it is sealed. */
  readonly authentication?: EndpointAuthentication | undefined;
  readonly timeouts?: EndpointTimeouts | undefined;
  readonly paused?: EndpointPause | undefined;
  /** A version that is higher than the latest there was is kept beside it. */
  readonly transformation?: KeptTransformation | undefined;
}
export interface KeptEndpoint extends Omit<Endpoint, keyof EndpointFields>, EndpointFields, Kept {
  /** Why Signpost itself switched it off, while it is off for that. */
  readonly disabledReason?: string;
}

export interface EventTypeFields {
  readonly description: string;
  readonly archived: boolean;
  readonly deprecated: boolean;
  readonly featureFlag?: string | undefined;
  /** JSON Schemas by the version of the event type. */
  readonly schemas?: Readonly<Record<string, unknown>> | undefined;
  readonly timeToLiveMs?: number | undefined;
  readonly coalesce?: Coalesce | undefined;
  readonly validation?: ValidationMode | undefined;
}
export interface KeptEventType extends Omit<EventType, keyof EventTypeFields | 'schema'>, EventTypeFields, Kept {}

/** A field that is present is set, also to undefined; one that is absent stays as it is. */
export type Change<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** Rows beyond a cursor, at most `limit`, in the given order of their ids (names, for event types). */
export interface ListPage {
  readonly limit: number;
  readonly order: 'ascending' | 'descending';
  readonly beyond?: string | undefined;
}

/** What of an endpoint can change: its fields, and what signs for it. */
export type EndpointChange = Change<EndpointFields & SigningSecrets>;

/** Every change is published to the data plane: it is written together with a note that the outbox relay follows. */
export abstract class ApplicationStore {
  /** @throws NameTakenError when the organisation has another application of this uid */
  abstract create(organisationId: OrganisationId, fields: ApplicationFields): Promise<KeptApplication>;
  abstract get(organisationId: OrganisationId, idOrUid: string): Promise<KeptApplication | undefined>;
  abstract list(organisationId: OrganisationId, page: ListPage): Promise<readonly KeptApplication[]>;
  /** @throws NameTakenError */
  abstract update(
    organisationId: OrganisationId,
    idOrUid: string,
    change: Change<ApplicationFields>,
  ): Promise<KeptApplication | undefined>;
  /** With all of its endpoints. False when there was none. */
  abstract delete(organisationId: OrganisationId, idOrUid: string): Promise<boolean>;
}

export abstract class EndpointStore {
  /**
   * `secrets`: sealed, newest first. Undefined when the application is gone.
   * @throws NameTakenError when the application has another endpoint of this uid
   */
  abstract create(
    applicationId: ApplicationId,
    fields: EndpointFields,
    secrets: readonly string[],
  ): Promise<KeptEndpoint | undefined>;
  abstract get(applicationId: ApplicationId, idOrUid: string): Promise<KeptEndpoint | undefined>;
  abstract list(applicationId: ApplicationId, page: ListPage): Promise<readonly KeptEndpoint[]>;
  /** Those of these that there are, in no particular order. */
  abstract some(applicationId: ApplicationId, ids: readonly EndpointId[]): Promise<readonly KeptEndpoint[]>;
  /**
   * `change`: or what makes it of the endpoint as it is, which nobody else changes meanwhile; undefined: no change.
   * What that throws is thrown on.
   * @throws NameTakenError
   */
  abstract update(
    applicationId: ApplicationId,
    idOrUid: string,
    change: EndpointChange | ((kept: KeptEndpoint) => EndpointChange | undefined),
  ): Promise<KeptEndpoint | undefined>;
  abstract delete(applicationId: ApplicationId, idOrUid: string): Promise<boolean>;
  /** Switches the endpoint off if it is still at this version and on; false when its owner was quicker. */
  abstract disableAt(id: EndpointId, version: number, reason: string): Promise<boolean>;
  /**
   * Forgets retired secrets that sign no more, of a thousand endpoints at most, which stay at their version. Returns
   * of how many.
   */
  abstract forgetExpiredSecrets(nowMs: number): Promise<number>;
}

export interface ShownEventTypes {
  readonly archived: boolean;
  /** Of event types that carry a feature flag only those with one of these; undefined: all. */
  readonly featureFlags?: readonly string[] | undefined;
}

export abstract class EventTypeStore {
  /**
   * An archived event type of the same name comes back with these fields. `fields`: or what makes them of that one, which
   * nobody else changes meanwhile. What that throws is thrown on.
   * @throws NameTakenError when one exists that is not archived
   */
  abstract create(
    organisationId: OrganisationId,
    name: string,
    fields: EventTypeFields | ((archived: KeptEventType | undefined) => EventTypeFields),
  ): Promise<KeptEventType>;
  abstract get(organisationId: OrganisationId, name: string): Promise<KeptEventType | undefined>;
  abstract list(
    organisationId: OrganisationId,
    page: ListPage,
    shown: ShownEventTypes,
  ): Promise<readonly KeptEventType[]>;
  /** `change`: or what makes it of the event type as it is, which nobody else changes meanwhile. What that throws is thrown on. */
  abstract update(
    organisationId: OrganisationId,
    name: string,
    change: Change<EventTypeFields> | ((kept: KeptEventType) => Change<EventTypeFields>),
  ): Promise<KeptEventType | undefined>;
  abstract delete(organisationId: OrganisationId, name: string): Promise<boolean>;
}

/** Carries the control plane's changes to the data plane: at least once, and never an older state after a newer one. */
export abstract class ControlPublisher {
  /** Starts to publish what is dirty, for as long as the process lives. One process at a time does it; the others wait for their turn. */
  abstract start(sink: RecordSink): void;
  /** Marks everything dirty, so that all of the topic is written anew. */
  abstract rebuild(): Promise<void>;
  abstract stop(): Promise<void>;
}
