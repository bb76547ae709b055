import type { ControlChange, Endpoint } from '../control/control-state.js';
import type { FilterFailure } from '../filters/endpoint-filters.js';
import type { ApplicationId } from '../ids.js';
import { compileEndpoints, type Matcher } from './compile-endpoints.js';
import type { ReadableMessage } from './content-match.js';

/** The endpoints of each application, arranged for matching: compiled with its first message, dropped with a change. */
export class MatchIndex {
  private readonly matchers = new Map<ApplicationId, Matcher>();
  private readonly applications = new Map<string, ApplicationId>();

  constructor(
    private readonly endpointsOf: (id: ApplicationId) => Iterable<Endpoint>,
    private readonly onFilterFailure?: (failure: FilterFailure) => void,
  ) {}

  endpointsFor(message: ReadableMessage & { readonly applicationId: ApplicationId }): readonly Endpoint[] {
    const known = this.matchers.get(message.applicationId);
    return (known ?? this.compile(message.applicationId))(message);
  }

  /** Has to hear of every change of the control plane, after the view it reads from has applied it. */
  changed(change: ControlChange): void {
    if (change.kind !== 'endpoint') return;
    // A deletion no longer says whose endpoint it was.
    const before = this.applications.get(change.id);
    if (before !== undefined) this.drop(before);
    if (change.state !== undefined) this.drop(change.state.applicationId);
    else this.applications.delete(change.id);
  }

  private compile(id: ApplicationId): Matcher {
    const endpoints = [...this.endpointsOf(id)];
    for (const endpoint of endpoints) this.applications.set(endpoint.id, id);
    const matcher = compileEndpoints(endpoints, this.onFilterFailure);
    this.matchers.set(id, matcher);
    return matcher;
  }

  private drop(id: ApplicationId): void {
    this.matchers.delete(id);
  }
}
