import type { ApplicationId, EndpointId, OrganisationId } from '../ids.js';
import type { ApiKey, Application, ControlChange, Endpoint, EventType } from './control-state.js';

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
  private readonly versions = new Map<string, number>();
  private readonly hashesByApiKey = new Map<string, string>();
  private readonly listeners = new Set<ControlListener>();

  /** False when the change was older than what is known, and so was ignored. */
  apply(change: ControlChange): boolean {
    const key = `${change.kind}:${change.id}`;
    const known = this.versions.get(key);
    if (known !== undefined && change.version < known) return false;
    this.versions.set(key, change.version);
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
    return this.versions.get(`endpoint:${id}`);
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
    setOrDelete(this.endpoints, id, state);
    if (state !== undefined) this.siblingsOf(state.applicationId).set(id, state);
  }

  private siblingsOf(id: ApplicationId): Map<string, Endpoint> {
    const known = this.endpointsByApplication.get(id);
    if (known !== undefined) return known;
    const fresh = new Map<string, Endpoint>();
    this.endpointsByApplication.set(id, fresh);
    return fresh;
  }
}

/** `isNewer`: false for a version that was known already, which its owner has not changed. */
export type ControlListener = (change: ControlChange, isNewer: boolean) => void;

/** Names that are unique within an organisation only. Also the id of an event type in `control`. */
export function uidKey(organisationId: OrganisationId, name: string): string {
  return `${organisationId}/${name}`;
}

function setOrDelete<V>(map: Map<string, V>, key: string, value: V | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}
