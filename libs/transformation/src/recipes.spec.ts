import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EVENT_CATALOGUE, type ApplicationId, type MadeRequest, type TransformationOutcome } from '@signpost/domain';
import { parse } from 'csv-parse/sync';
import { HUBSPOT_PROPERTIES, SALESFORCE_FIELDS, TARGET_TYPES, typeFaults } from './recipe-targets.fixture.js';
import { WorkerTransformer } from './worker-transformer.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const RECIPES = join(ROOT, 'examples', 'recipes');
const CASES = [...EVENT_CATALOGUE].filter(({ kind }) => kind === 'conversation');

interface Made {
  readonly recipe: string;
  readonly event: string;
  readonly outcome: TransformationOutcome;
}

describe('a recipe', () => {
  const transformer = new WorkerTransformer({ workers: 2, cpuMs: 1_000, memoryBytes: 16 * 1_048_576 });
  const recipes = readdirSync(RECIPES).map((file) => file.replace(/\.js$/, ''));
  let all: readonly Made[] = [];
  const codeOf = (recipe: string): string => readFileSync(join(RECIPES, `${recipe}.js`), 'utf8');
  const run = (recipe: string, eventType: string, payload: object): Promise<TransformationOutcome> =>
    transformer.run({
      applicationId: 'app_1' as ApplicationId,
      code: codeOf(recipe),
      input: { url: 'https://target.example/in', eventType, payload: Buffer.from(JSON.stringify(payload)), atMs: 0 },
    });
  const madeBy = (recipe: string): readonly (Made & { readonly outcome: MadeRequest })[] =>
    all.filter(
      (one): one is Made & { readonly outcome: MadeRequest } => one.recipe === recipe && one.outcome.kind === 'made',
    );
  const bodiesOf = (recipe: string): readonly unknown[] =>
    madeBy(recipe).map(({ outcome }): unknown => JSON.parse(outcome.body ?? ''));

  beforeAll(async () => {
    all = await Promise.all(
      recipes.flatMap((recipe) =>
        CASES.map(async ({ name, example }) => ({ recipe, event: name, outcome: await run(recipe, name, example) })),
      ),
    );
  });
  afterAll(() => transformer.close());

  it('makes or declines every event of the catalogue, and makes those that it says it is for', () => {
    expect(all.filter(({ outcome }) => outcome.kind === 'fault')).toEqual([]);
    for (const recipe of recipes) {
      const named = /^\/\/ Event types: (.*)$/m.exec(codeOf(recipe))?.[1] ?? '';
      const made = madeBy(recipe).map(({ event }) => event);
      const said = named === 'any' ? CASES.map(({ name }) => name) : named.split(', ');
      expect([recipe, [...made].sort()]).toEqual([recipe, [...said].sort()]);
    }
  });

  it('says where it goes and how the endpoint shows who calls', () => {
    for (const recipe of recipes) {
      expect([recipe, codeOf(recipe)]).toEqual([recipe, expect.stringMatching(/^\/\/ URL of the endpoint: /m)]);
      expect(codeOf(recipe)).not.toMatch(/authorization['"]?\]? ?[=:]/i);
    }
  });

  it("makes what the target's own types take", () => {
    const bodies = new Map(Object.keys(TARGET_TYPES).map((recipe) => [recipe, bodiesOf(recipe)]));
    for (const [recipe, made] of bodies) expect([recipe, made.length]).not.toEqual([recipe, 0]);
    const wrong = { query: '', variables: { input: { titel: '' } } };
    // The check itself would notice.
    bodies.set('linear-issue', [...(bodies.get('linear-issue') ?? []), wrong]);
    expect(typeFaults(bodies)).toEqual([expect.stringMatching(/titel"?' does not exist/)]);
  }, 300_000);

  it('keeps to the bounds that Slack sets on its blocks', () => {
    for (const body of bodiesOf('slack-message') as { blocks: { text?: { type: string; text: string } }[] }[]) {
      expect(body.blocks.length).toBeLessThanOrEqual(50);
      for (const { text } of body.blocks) expect(text?.text.length ?? 1).toBeGreaterThan(0);
    }
  });

  it('for HubSpot sets known properties to texts, under the address that tells contacts apart', () => {
    for (const body of bodiesOf('hubspot-contact') as { inputs: Record<string, unknown>[] }[]) {
      expect(Object.keys(body)).toEqual(['inputs']);
      const [{ id, idProperty, properties }] = body.inputs as [{ id: string; idProperty: string; properties: object }];
      expect({ id, idProperty }).toEqual({ id: 'ada@example.com', idProperty: 'email' });
      expect(HUBSPOT_PROPERTIES).toEqual(expect.arrayContaining(Object.keys(properties)));
      for (const value of Object.values(properties)) expect(value).toEqual(expect.stringMatching(/./));
    }
  });

  it('for Salesforce sets fields of the Lead within their lengths, and both that it must have', async () => {
    const long = { name: 'x'.repeat(500), email: `${'x'.repeat(500)}@example.com`, company: 'x'.repeat(500) };
    const transcript = [{ turn: 1, speaker: 'user', text: 'x'.repeat(50_000) }];
    const data = { conversationId: 'c', leadId: 'l', contact: long, qualification: { score: 1 }, transcript };
    const outcomes = [await run('salesforce-lead', 'lead.captured', { type: 'lead.captured', data })];
    const bodies = [
      ...bodiesOf('salesforce-lead'),
      ...outcomes.map((outcome) => JSON.parse((outcome as MadeRequest).body ?? '') as unknown),
    ] as { allOrNone: boolean; records: [{ attributes: unknown }] }[];
    expect(bodies).toHaveLength(2);
    for (const { allOrNone, records } of bodies) {
      const [{ attributes, ...fields }] = records;
      expect({ allOrNone, attributes }).toEqual({ allOrNone: true, attributes: { type: 'Lead' } });
      for (const required of ['LastName', 'Company']) expect(fields).toHaveProperty(required);
      for (const [name, value] of Object.entries(fields)) {
        expect([name, typeof value]).toEqual([name, 'string']);
        expect(String(value).length).toBeLessThanOrEqual(SALESFORCE_FIELDS[name] ?? 0);
      }
    }
  });

  it('for a file of CSV writes lines that a reader of CSV reads back', async () => {
    const comment = 'He said "no",\r\nand =SUM(A1) too';
    const payload = { type: 'rating.submitted', timestamp: 't', data: { conversationId: '=cmd()', score: 4, comment } };
    const outcome = await run('csv-line', 'rating.submitted', payload);
    if (outcome.kind !== 'made') throw new Error(JSON.stringify(outcome));
    expect(outcome.headers).toEqual({ 'content-type': 'text/csv; charset=utf-8; header=absent' });
    expect(parse(outcome.body ?? '')).toEqual([['t', 'rating.submitted', "'=cmd()", '4', '5', comment]]);
  });
});
