import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { EVENT_CATALOGUE } from '@signpost/domain';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { loadDialogues } from './dialogues.js';
import { DEMO_EVENT_TYPES, eventsOf } from './events.js';

const root = join(import.meta.dirname, '..', '..', '..', '..');

describe('what a conversation is told as', () => {
  const ajv = new Ajv2020({ strict: true });
  (addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
  const validators = new Map(EVENT_CATALOGUE.map(({ name, schema }) => [name, ajv.compile(schema)]));

  it('has only event types of the catalogue', () => {
    expect([...validators.keys()]).toEqual(expect.arrayContaining(Object.keys(DEMO_EVENT_TYPES)));
  });

  it('fits their schemas, every event of every conversation', () => {
    const { dialogues } = loadDialogues(root);
    let events = 0;
    for (const dialogue of dialogues) {
      for (const { eventType, payload } of eventsOf(dialogue, dialogue.dialogue_id, new Date(0))) {
        const validate = validators.get(eventType);
        if (validate?.(payload) !== true) throw new Error(`${eventType}: ${ajv.errorsText(validate?.errors)}`);
        events += 1;
      }
    }
    expect(events).toBeGreaterThan(dialogues.length * 2);
  });
});
