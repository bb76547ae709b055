import { Injectable } from '@nestjs/common';
import { isId, type ApplicationId } from '@signpost/domain';
import { ApplicationStore, EndpointStore, type KeptApplication, type KeptEndpoint } from '@signpost/ports';
import { notFound, type Caller } from '@signpost/runtime';

/** Looks things up on behalf of a caller: what belongs to another organisation is not there. */
@Injectable()
export class Owned {
  constructor(
    private readonly applications: ApplicationStore,
    private readonly endpoints: EndpointStore,
  ) {}

  /** @throws ApiError 404 */
  async application(caller: Caller, idOrUid: string): Promise<KeptApplication> {
    return found(await this.applications.get(caller.organisationId, idOrUid), `Application ${idOrUid}`);
  }

  /** Of an application that may be deleted since: its id names it for ever, its uid while it lives. @throws ApiError 404 */
  async applicationId(caller: Caller, idOrUid: string): Promise<ApplicationId> {
    const known = await this.applications.get(caller.organisationId, idOrUid);
    return found(known?.id ?? (isId('app', idOrUid) ? idOrUid : undefined), `Application ${idOrUid}`);
  }

  /** @throws ApiError 404 */
  async endpoint(caller: Caller, appId: string, idOrUid: string): Promise<KeptEndpoint> {
    const { id } = await this.application(caller, appId);
    return found(await this.endpoints.get(id, idOrUid), `Endpoint ${idOrUid}`);
  }
}

/** @throws ApiError 404 when there is nothing */
export function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw notFound(what);
  return value;
}
