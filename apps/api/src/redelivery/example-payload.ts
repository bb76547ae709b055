import { Injectable } from '@nestjs/common';
import { exampleOfSchema, isJsonObject, newestSchema } from '@signpost/domain';
import { EventTypeStore } from '@signpost/ports';
import { ApiError, type Caller } from '@signpost/runtime';
import { isShown } from '../event-types/is-shown.js';
import { found } from '../owned.js';

/** What the peer's console sends to try an endpoint out, without anybody having registered it. */
const PING = { name: 'svix.ping', payload: { success: true } };

@Injectable()
export class ExamplePayload {
  constructor(private readonly eventTypes: EventTypeStore) {}

  /**
   * `index`: which of the schema's examples.
   * @throws ApiError 404 for an unknown event type, 400 for one that no example can be made of
   */
  async of(caller: Caller, name: string, index: number): Promise<Buffer> {
    const type = await this.eventTypes.get(caller.organisationId, name);
    if (type === undefined && name === PING.name) return Buffer.from(JSON.stringify(PING.payload));
    const { schemas } = found(type !== undefined && isShown(type, caller) ? type : undefined, `Event type ${name}`);
    const example = exampleOfSchema(newestSchema(schemas), index);
    if (isJsonObject(example)) return Buffer.from(JSON.stringify(example));
    throw new ApiError(
      400,
      'invalid_scheme',
      `The event type ${name} has no schema that an object can be made of. Give its newest schema an "examples" list, or properties.`,
    );
  }
}
