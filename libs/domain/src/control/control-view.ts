import type { ApiKeyId, ApplicationId, EndpointId, OrganisationId } from '../ids.js';
import type { RetrySchedule } from '../retry/retry-schedule.js';
import type { ApiKey, Application, ControlChange, ControlKind, Endpoint, EventType } from './control-state.js';

/** Of each kind: those that very many endpoints have are soon among them. */
const MOST_SHARED = 1_000;

/**
 * All that a process knows of the control plane, built by applying changes in the order they are read.
 * A change older than what is known is ignored, so commits that reach the topic out of order do no harm.
 */
export class ControlView {
  private readonly applications = new Map<string, Application>();
  private readonly applicationsByUid = new Map<string, Application>();
  private readonly endpoints = new Map<string, Endpoint>();
  private readonly endpointsByApplication = new Map<string, Map<string, Endpoint>>();
  private readonly eventTypes = new Map<string, EventType>();
  private readonly apiKeysByHash = new Map<string, ApiKey>();
  /** Of all but the endpoints that there are: those have their versions with them, and are by far the most. */
  private readonly versions = new Map<string, number>();
  private readonly schedules = new Map<string, RetrySchedule>();
  private readonly typeLists = new Map<string, readonly string[]>();
  private readonly hashesByApiKey = new Map<string, string>();
  private readonly listeners = new Set<ControlListener>();

  /** False when the change was older than what is known, and so was ignored. */
  apply(change: ControlChange): boolean {
    const known = this.versionOf(change.kind, change.id);
    if (known !== undefined && change.version < known) return false;
    const isHeldByItself = change.kind === 'endpoint' && change.state !== undefined;
    setOrDelete(this.versions, versionKey(change.kind, change.id), isHeldByItself ? undefined : change.version);
    this.put(change);
    const isNewer = known === undefined || change.version > known;
    for (const listener of this.listeners) listener(change, isNewer);
    return true;
  }

  /** Calls back after each applied change; returns what ends it. */
  onChange(listener: ControlListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** By id, or by uid within an organisation: both are accepted wherever an id is. */
  application(organisationId: OrganisationId, idOrUid: string): Application | undefined {
    const byId = this.applications.get(idOrUid);
    // An application may have for its uid what is another organisation's id.
    if (byId?.organisationId === organisationId) return byId;
    return this.applicationsByUid.get(uidKey(organisationId, idOrUid));
  }

  applicationById(id: ApplicationId): Application | undefined {
    return this.applications.get(id);
  }

  endpoint(id: EndpointId): Endpoint | undefined {
    return this.endpoints.get(id);
  }

  /** The endpoint's newest known version, that of its deletion included; undefined when nothing is known of it. */
  endpointVersion(id: EndpointId): number | undefined {
    return this.versionOf('endpoint', id);
  }

  endpointsOf(id: ApplicationId): Iterable<Endpoint> {
    return this.endpointsByApplication.get(id)?.values() ?? [];
  }

  eventType(organisationId: OrganisationId, name: string): EventType | undefined {
    return this.eventTypes.get(uidKey(organisationId, name));
  }

  /** `hash`: hex SHA-256 of the key's text. */
  apiKeyByHash(hash: string): ApiKey | undefined {
    return this.apiKeysByHash.get(hash);
  }

  hasApiKey(id: ApiKeyId): boolean {
    return this.hashesByApiKey.has(id);
  }

  private versionOf(kind: ControlKind, id: string): number | undefined {
    const held = kind === 'endpoint' ? this.endpoints.get(id)?.version : undefined;
    return held ?? this.versions.get(versionKey(kind, id));
  }

  private put(change: ControlChange): void {
    switch (change.kind) {
      case 'application':
        this.putApplication(change.id, change.state);
        return;
      case 'endpoint':
        this.putEndpoint(change.id, change.state);
        return;
      case 'event-type':
        setOrDelete(this.eventTypes, change.id, change.state);
        return;
      case 'api-key': {
        const before = this.hashesByApiKey.get(change.id);
        if (before !== undefined) this.apiKeysByHash.delete(before);
        setOrDelete(this.hashesByApiKey, change.id, change.state?.hash);
        if (change.state !== undefined) this.apiKeysByHash.set(change.state.hash, change.state);
        return;
      }
    }
  }

  private putApplication(id: string, state: Application | undefined): void {
    const before = this.applications.get(id);
    if (before?.uid !== undefined) {
      // Another application may have taken over the uid already, if its record was read first.
      const key = uidKey(before.organisationId, before.uid);
      if (this.applicationsByUid.get(key) === before) this.applicationsByUid.delete(key);
    }
    setOrDelete(this.applications, id, state);
    if (state?.uid !== undefined) this.applicationsByUid.set(uidKey(state.organisationId, state.uid), state);
  }

  private putEndpoint(id: string, state: Endpoint | undefined): void {
    const before = this.endpoints.get(id);
    const siblings = before === undefined ? undefined : this.endpointsByApplication.get(before.applicationId);
    siblings?.delete(id);
    if (before !== undefined && siblings?.size === 0) this.endpointsByApplication.delete(before.applicationId);
    if (state === undefined) {
      this.endpoints.delete(id);
      return;
    }
    const now = this.siblingsOf(state.applicationId);
    const kept = this.withoutCopies(state, now);
    // By the id that the state holds anyway: the one that was asked for may be a piece of a longer text.
    this.endpoints.set(kept.id, kept);
    now.set(kept.id, kept);
  }

  /** Very many endpoints have the same application, schedule and event types: one copy of each is enough. */
  private withoutCopies(state: Endpoint, siblings: ReadonlyMap<string, Endpoint>): Endpoint {
    const [sibling] = siblings.values();
    return {
      ...state,
      applicationId: sibling?.applicationId ?? state.applicationId,
      retrySchedule: shared(this.schedules, state.retrySchedule),
      ...(state.eventTypes === undefined ? {} : { eventTypes: shared(this.typeLists, state.eventTypes) }),
    };
  }

  private siblingsOf(id: ApplicationId): Map<string, Endpoint> {
    const known = this.endpointsByApplication.get(id);
    if (known !== undefined) return known;
    const fresh = new Map<string, Endpoint>();
    this.endpointsByApplication.set(id, fresh);
    return fresh;
  }
}

/** The first list that said the same. */
function shared<List extends readonly (string | number)[]>(known: Map<string, List>, list: List): List {
  // Names of event types have no comma in them.
  const key = list.join();
  const first = known.get(key);
  if (first !== undefined) return first;
  if (known.size < MOST_SHARED) known.set(key, list);
  return list;
}

/** `isNewer`: false for a version that was known already, which its owner has not changed. */
export type ControlListener = (change: ControlChange, isNewer: boolean) => void;

/** Names that are unique within an organisation only. Also the id of an event type in `control`. */
export function uidKey(organisationId: OrganisationId, name: string): string {
  return `${organisationId}/${name}`;
}

const versionKey = (kind: ControlKind, id: string): string => `${kind}:${id}`;

function setOrDelete<V>(map: Map<string, V>, key: string, value: V | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}
