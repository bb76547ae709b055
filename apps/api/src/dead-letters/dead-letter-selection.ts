import { Injectable } from '@nestjs/common';
import type { DeadLetterListQuery } from '@signpost/contracts';
import { isId, type ApplicationId, type EndpointId } from '@signpost/domain';
import type { DeadLetterSelection } from '@signpost/ports';
import { notFound, ValidationError, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { Owned } from '../owned.js';

type Filter = Omit<z.output<typeof DeadLetterListQuery>, 'limit' | 'iterator' | 'order'>;

/** What a query asks of the index, within what its caller may see. */
@Injectable()
export class DeadLetterSelections {
  constructor(private readonly owned: Owned) {}

  /** @throws ApiError 404; ValidationError for what names nothing for certain */
  async of(caller: Caller, query: Filter): Promise<DeadLetterSelection> {
    const { eventType, reason, reasonClass, status, since, until, msgId, state } = query;
    const applicationId = await this.applicationId(caller, query.appId);
    const endpointId = await this.endpointId(caller, query);
    return {
      organisationId: caller.organisationId,
      ...(applicationId === undefined ? {} : { applicationId }),
      ...(endpointId === undefined ? {} : { endpointId }),
      ...(eventType === undefined ? {} : { eventTypes: [eventType] }),
      ...(reason === undefined ? {} : { reasons: [reason] }),
      ...(reasonClass === undefined ? {} : { reasonClass }),
      ...(status === undefined ? {} : { statuses: [status] }),
      ...(since === undefined ? {} : { since }),
      ...(until === undefined ? {} : { until }),
      // Any other text is the id of no message.
      ...(msgId === undefined ? {} : { messageIds: isId('msg', msgId) ? [msgId] : [] }),
      ...(state === 'all' ? {} : { state }),
    };
  }

  /** A portal token is told nothing of any other application, not even that there is one. */
  async applicationId({ portal, ...caller }: Caller, asked: string | undefined): Promise<ApplicationId | undefined> {
    if (portal === undefined) {
      return asked === undefined ? undefined : (await this.owned.application(caller, asked)).id;
    }
    const { applicationId, applicationUid } = portal;
    const isItsUid = asked === applicationUid && asked !== undefined && !isId('app', asked);
    if (asked !== undefined && asked !== applicationId && !isItsUid) throw notFound(`Application ${asked}`);
    return applicationId;
  }

  /** By its id also one that was deleted since: its dead letters stay. */
  private async endpointId(caller: Caller, { appId, endpointId }: Filter): Promise<EndpointId | undefined> {
    if (endpointId === undefined || isId('ep', endpointId)) return endpointId;
    const application = appId ?? caller.portal?.applicationId;
    if (application !== undefined) return (await this.owned.endpoint(caller, application, endpointId)).id;
    throw new ValidationError([
      {
        loc: ['query', 'endpointId'],
        msg: 'is the id of no endpoint; if it is a uid, give appId as well',
        type: 'invalid_format',
      },
    ]);
  }
}
