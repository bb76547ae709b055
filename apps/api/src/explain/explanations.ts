import { Injectable } from '@nestjs/common';
import type { ExplainOut, ExplainQuery } from '@signpost/contracts';
import { isId, type EndpointId } from '@signpost/domain';
import {
  DeliveryLogReader,
  ExplainLog,
  type ExplainedMessage,
  type ExplainScope,
  type MessageStory,
} from '@signpost/ports';
import { ApiError, notFound, ValidationError, type Caller } from '@signpost/runtime';
import type * as z from 'zod';
import { LaneProjection } from '../lane-projection.js';
import { MessageLookup } from '../messages/message-lookup.js';
import { found, Owned } from '../owned.js';
import { explainOut } from './explain-out.js';
import { nothingFound, soughtBy, type FoundMessage, type Sought } from './sought.js';

type Query = z.output<typeof ExplainQuery>;

/** Why a message did or did not arrive, by whatever id somebody has of it. */
@Injectable()
export class Explanations {
  constructor(
    private readonly log: ExplainLog,
    private readonly messages: DeliveryLogReader,
    private readonly lookup: MessageLookup,
    private readonly owned: Owned,
    private readonly lanes: LaneProjection,
  ) {}

  /** @throws ApiError 404; 503 while the log is behind; ValidationError for an event id of several applications */
  async of(caller: Caller, anyId: string, query: Query): Promise<ExplainOut> {
    const scope = await this.scopeOf(caller, query.appId);
    const missing = () => new ApiError(404, 'not_found', nothingFound(anyId, query.appId));
    const it = await this.lookup.eventually(`What ${anyId} is the id of`, () => this.find(scope, anyId), missing);
    const { message } = it;
    const story = await this.log.story(message, {
      limit: query.limit,
      beyond: query.iterator,
      first: it.endpointId,
      only: query.endpointId === undefined ? undefined : await this.endpointId(message, query.endpointId),
    });
    return explainOut(anyId, it, story, {
      payload: await this.payloadFor(message, story),
      memoryOf: (endpointId) => this.lanes.memoryOf(endpointId),
      nowMs: Date.now(),
    });
  }

  private async scopeOf(caller: Caller, appId: string | undefined): Promise<ExplainScope> {
    const { organisationId, portal } = caller;
    if (portal === undefined) {
      return {
        organisationId,
        applicationId: appId === undefined ? undefined : await this.owned.applicationId(caller, appId),
      };
    }
    const { applicationId, applicationUid } = portal;
    // As in a path: a uid that looks like another application's id is never taken for it.
    const isIts = appId === undefined || appId === applicationId || (appId === applicationUid && !isId('app', appId));
    if (!isIts) throw notFound(`Application ${appId}`);
    return { organisationId, applicationId };
  }

  private async find(scope: ExplainScope, text: string): Promise<FoundMessage | undefined> {
    for (const sought of soughtBy(text)) {
      const it = await this.findAs(scope, sought);
      if (it !== undefined) return it;
    }
    return undefined;
  }

  private async findAs(scope: ExplainScope, sought: Sought): Promise<FoundMessage | undefined> {
    const { as } = sought;
    switch (as) {
      case 'message': {
        const message = await this.log.byMessage(scope, sought.id);
        return message && { as, message, others: [] };
      }
      case 'delivery': {
        const it = await this.log.byDelivery(scope, sought.id);
        return it && { as, ...it, others: [] };
      }
      case 'attempt': {
        const it = await this.log.byAttempt(scope, sought.id);
        return it && { as, ...it, others: [] };
      }
      case 'source':
        return newestOf(as, await this.log.byOrigin(scope, sought.origin));
      case 'event':
        return newestOf(as, await this.log.byEvent(scope, sought.id));
    }
  }

  /** Only filters by content look into it. */
  private async payloadFor({ applicationId, id }: ExplainedMessage, { endpoints }: MessageStory) {
    const isNeeded = endpoints.some(
      ({ endpoint, changes }) =>
        endpoint?.filters !== undefined || changes?.some(({ before }) => before?.['filters'] !== undefined) === true,
    );
    return isNeeded ? (await this.messages.message(applicationId, id))?.payload : undefined;
  }

  private async endpointId({ applicationId }: ExplainedMessage, idOrUid: string): Promise<EndpointId> {
    return found(await this.log.endpointId(applicationId, idOrUid), `Endpoint ${idOrUid}`);
  }
}

const MOST_CANDIDATES = 10;

/** @throws ValidationError for messages of several applications, naming them */
function newestOf(as: 'source' | 'event', messages: readonly ExplainedMessage[]): FoundMessage | undefined {
  const [message, ...others] = messages;
  if (message === undefined) return undefined;
  const applications = [...new Set(messages.map(({ applicationId }) => applicationId))];
  if (applications.length === 1) return { as, message, others };
  const named = applications.slice(0, MOST_CANDIDATES).join(', ');
  const more = applications.length > MOST_CANDIDATES ? ', and others' : '';
  const msg = `several applications have messages of this event id: ask again with one of ${named}${more}`;
  throw new ValidationError([{ loc: ['query', 'appId'], msg, type: 'id_ambiguous' }]);
}
