import type pg from 'pg';
import type { SourceCoordinates } from '@signpost/contracts';
import {
  deliveryIdOf,
  type ApplicationId,
  type AttemptId,
  type DeliveryId,
  type EndpointId,
  type MessageId,
} from '@signpost/domain';
import {
  ExplainLog,
  type EndpointEver,
  type EndpointStory,
  type ExplainedMessage,
  type ExplainScope,
  type FoundDelivery,
  type MessageStory,
  type StoryPage,
} from '@signpost/ports';
import { reachable } from '../connection.js';
import type { Query } from '../delivery-log/query.js';
import type { Where } from '../delivery-log/where.js';
import { DeliveryStoryReader } from './delivery-stories.js';
import { EndpointsEver } from './endpoints-ever.js';
import { ExplainedMessages } from './explained-messages.js';
import { OTHERS, pageOf, type PageOfEndpoints } from './story-page.js';

export class PostgresExplainLog extends ExplainLog {
  private readonly messages: ExplainedMessages;
  private readonly stories: DeliveryStoryReader;
  private readonly endpoints: EndpointsEver;

  constructor(pool: pg.Pool) {
    super();
    const query: Query = async <R extends object>(sql: string, where: Pick<Where, 'values'>) =>
      (await reachable(() => pool.query<R>(sql, where.values))).rows;
    this.messages = new ExplainedMessages(query);
    this.stories = new DeliveryStoryReader(query);
    this.endpoints = new EndpointsEver(query);
  }

  byMessage(scope: ExplainScope, id: MessageId): Promise<ExplainedMessage | undefined> {
    return this.messages.byId(scope, id);
  }

  byDelivery(scope: ExplainScope, id: DeliveryId): Promise<FoundDelivery | undefined> {
    return this.messages.byDelivery(scope, id);
  }

  byAttempt(scope: ExplainScope, id: AttemptId): Promise<FoundDelivery | undefined> {
    return this.messages.byAttempt(scope, id);
  }

  byEvent(scope: ExplainScope, eventId: string): Promise<readonly ExplainedMessage[]> {
    return this.messages.byEvent(scope, eventId);
  }

  byOrigin(scope: ExplainScope, origin: SourceCoordinates): Promise<readonly ExplainedMessage[]> {
    return this.messages.byOrigin(scope, origin);
  }

  endpointId(applicationId: ApplicationId, idOrUid: string): Promise<EndpointId | undefined> {
    return this.endpoints.id(applicationId, idOrUid);
  }

  async story(message: ExplainedMessage, asked: StoryPage): Promise<MessageStory> {
    const match = await this.stories.matched(message);
    const { at, endpoint_ids: endpointIds, is_repeat: isRepeat } = match ?? {};
    const matched = at && { at, endpointIds: new Set(endpointIds), isRepeat: isRepeat === true };
    const unasked = await this.stories.unasked(message, match?.endpoint_ids ?? []);
    const concerned = [...(match?.endpoint_ids ?? []), ...unasked];
    const page = pageOf(concerned, asked);
    const [others, countOfOthers, endpoints, stories] = await Promise.all([
      this.others(message, concerned, page),
      this.endpoints.countOthers(message, concerned),
      this.endpoints.some(message.applicationId, page.named),
      this.stories.of(
        message,
        page.named.map((id) => deliveryIdOf(message.id, id)),
      ),
    ]);
    const kept = new Map([...endpoints, ...others.shown].map((endpoint) => [endpoint.id, endpoint]));
    const changes = await this.changesOf([...kept.values()], matched);
    const storyOf = (endpointId: EndpointId): EndpointStory => {
      const deliveryId = deliveryIdOf(message.id, endpointId);
      const [endpoint, delivery, changed] = [
        kept.get(endpointId),
        stories.deliveries.get(deliveryId),
        changes.get(endpointId),
      ];
      return {
        endpointId,
        deliveryId,
        attempts: stories.attempts.get(deliveryId) ?? [],
        stages: stories.stages.get(deliveryId) ?? [],
        redeliveries: stories.redeliveries.get(deliveryId) ?? [],
        ...(endpoint === undefined ? {} : { endpoint }),
        ...(delivery === undefined ? {} : { delivery }),
        ...(changed === undefined ? {} : { changes: changed }),
      };
    };
    const beyond = page.beyond ?? others.beyond;
    return {
      endpoints: [...page.named, ...others.shown.map(({ id }) => id)].map(storyOf),
      considered: concerned.length + countOfOthers,
      ...(matched === undefined ? {} : { matched }),
      ...(beyond === undefined ? {} : { beyond }),
    };
  }

  private async others(message: ExplainedMessage, concerned: readonly EndpointId[], { others }: PageOfEndpoints) {
    if (others === undefined) return { shown: [] };
    const { without, limit, beyond } = others;
    const rows = await this.endpoints.others(message, [...concerned, ...without], { limit: limit + 1, beyond });
    const shown = rows.slice(0, limit);
    // A page that the others only begin on goes on with the first of them.
    const last = shown.at(-1)?.id ?? beyond ?? '';
    return { shown, ...(rows.length > limit ? { beyond: `${OTHERS}${last}` } : {}) };
  }

  /** Of those that the matcher left out and that were changed since: what they asked for then is in the audit log. */
  private changesOf(endpoints: readonly EndpointEver[], matched: MessageStory['matched']) {
    if (matched === undefined) return new Map<EndpointId, never>();
    const changed = endpoints.filter(({ id, updatedAt }) => !matched.endpointIds.has(id) && updatedAt > matched.at);
    return this.endpoints.changes(
      changed.map(({ id }) => id),
      matched.at,
    );
  }
}
