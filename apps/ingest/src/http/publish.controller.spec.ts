import { describe, expect, it } from '@jest/globals';
import { PUBLISH_OPERATIONS } from '@signpost/contracts';
import { documentedOperations } from '@signpost/runtime';
import { PublishController } from './publish.controller.js';

describe('what ingest answers', () => {
  it('is what the description of the API says of it', () => {
    expect(documentedOperations([PublishController])).toEqual(Object.values(PUBLISH_OPERATIONS));
  });
});
