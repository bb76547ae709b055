import type { ApplicationId, ControlChange, ControlView, EndpointId } from '@signpost/domain';

/**
 * What of each application's limit is this process's: as many endpoints as it owns of all that may get something. The
 * shares of all processes add up to the limit, and none has to ask another.
 */
export class ApplicationRates {
  private readonly rates = new Map<ApplicationId, number | undefined>();

  constructor(
    private readonly view: ControlView,
    private readonly owns: (endpointId: EndpointId) => boolean,
  ) {}

  /** Requests a second; undefined: any number. */
  of(applicationId: ApplicationId): number | undefined {
    if (this.rates.has(applicationId)) return this.rates.get(applicationId);
    const rate = this.share(applicationId);
    this.rates.set(applicationId, rate);
    return rate;
  }

  changed(change: ControlChange): void {
    if (change.kind === 'application') this.rates.delete(change.id as ApplicationId);
    // The application of one that is deleted is no longer known.
    if (change.kind === 'endpoint') {
      if (change.state === undefined) this.forgetAll();
      else this.rates.delete(change.state.applicationId);
    }
  }

  /** Partitions have come or gone. */
  forgetAll(): void {
    this.rates.clear();
  }

  private share(applicationId: ApplicationId): number | undefined {
    const limit = this.view.applicationById(applicationId)?.throttleRate;
    if (limit === undefined) return undefined;
    let all = 0;
    let owned = 0;
    for (const { id, disabled, paused } of this.view.endpointsOf(applicationId)) {
      if (disabled || paused !== undefined) continue;
      all += 1;
      if (this.owns(id)) owned += 1;
    }
    // What is sent to none of them is the end of an assignment, or of an endpoint.
    return owned === 0 ? limit : (limit * owned) / all;
  }
}
