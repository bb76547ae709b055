import type { Type } from '@nestjs/common';
import { PUBLISH_OPERATIONS } from '@signpost/contracts';
import { documentedOperations } from '@signpost/runtime';
import { apiDocument } from './api-document.js';
import { asyncDocument } from './async-document.js';
import type { JsonObject } from './components.js';

/** The API's description: the same whatever roles this process runs. Made when it is first asked for. */
export class ApiReference {
  private document: JsonObject | undefined;
  private serialised: string | undefined;
  private serialisedTopics: string | undefined;

  /** `controllers`: those of the api. What ingest answers is added. */
  constructor(private readonly controllers: readonly Type[]) {}

  json(): JsonObject {
    this.document ??= apiDocument([...documentedOperations(this.controllers), ...Object.values(PUBLISH_OPERATIONS)]);
    return this.document;
  }

  /** The same as text, as it is served. */
  text(): string {
    this.serialised ??= JSON.stringify(this.json());
    return this.serialised;
  }

  /** The description of the topics, as it is served. */
  topicsText(): string {
    this.serialisedTopics ??= JSON.stringify(asyncDocument());
    return this.serialisedTopics;
  }
}
