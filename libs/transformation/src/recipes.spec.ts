import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EVENT_CATALOGUE, type ApplicationId, type MadeRequest, type TransformationOutcome } from '@signpost/domain';
import { parse } from 'csv-parse/sync';
import ts from 'typescript';
import { WorkerTransformer } from './worker-transformer.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const RECIPES = join(ROOT, 'examples', 'recipes');
const CASES = [...EVENT_CATALOGUE].filter(({ kind }) => kind === 'conversation');

/** What the target's own types say that its bodies are, as an expression of `body`. */
const TYPES: Readonly<Record<string, string>> = {
  'slack-message': `{ readonly text: string; readonly blocks: import('@slack/types').KnownBlock[] }`,
  'microsoft-teams': `{
    readonly type: 'message';
    readonly attachments: {
      readonly contentType: 'application/vnd.microsoft.card.adaptive';
      readonly content: Partial<import('@microsoft/teams.cards').IAdaptiveCard> & { $schema: string };
    }[];
  }`,
  'zendesk-ticket': `import('node-zendesk/clients/core/tickets').CreateOrUpdateTicket`,
  'linear-issue': `{ query: string; variables: { input: import('@linear/sdk').LinearDocument.IssueCreateInput } }`,
  'segment-track': `import('@segment/analytics-node').TrackParams`,
  'postmark-email': `import('postmark').Models.Message`,
};

/** Default properties of HubSpot's contacts that the recipe may set. */
const HUBSPOT = ['email', 'firstname', 'lastname', 'phone', 'company', 'jobtitle', 'lifecyclestage', 'message'];
/** Fields of Salesforce's Lead that a call may set, with the most characters that each takes. */
const SALESFORCE: Readonly<Record<string, number>> = {
  LastName: 80,
  FirstName: 40,
  Company: 255,
  Title: 128,
  Email: 80,
  Phone: 40,
  LeadSource: 255,
  Rating: 255,
  Description: 32_000,
};

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
    const lines = Object.entries(TYPES).flatMap(([recipe, type]) =>
      bodiesOf(recipe).map(
        (body, number) => `export const ${nameOf(recipe, number)}: ${type} = ${JSON.stringify(body)};`,
      ),
    );
    expect(lines.length).toBeGreaterThan(Object.keys(TYPES).length);
    // The check itself would notice.
    const wrong = `export const wrong: ${TYPES['linear-issue'] ?? ''} = { query: '', variables: { input: { titel: '' } } };`;
    expect(faultsOf([...lines, wrong].join('\n'))).toEqual([expect.stringMatching(/'titel' does not exist/)]);
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
      expect(HUBSPOT).toEqual(expect.arrayContaining(Object.keys(properties)));
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
        expect(String(value).length).toBeLessThanOrEqual(SALESFORCE[name] ?? 0);
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

const nameOf = (recipe: string, number: number): string => `${recipe.replaceAll('-', '_')}_${String(number)}`;

/** What the compiler says of a file that stands at the root of the repository. */
function faultsOf(source: string): readonly string[] {
  const path = join(ROOT, 'recipes-under-test.mts');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
  };
  const host = ts.createCompilerHost(options);
  const own = {
    fileExists: host.fileExists.bind(host),
    readFile: host.readFile.bind(host),
    getSourceFile: host.getSourceFile.bind(host),
  };
  host.fileExists = (file) => file === path || own.fileExists(file);
  host.readFile = (file) => (file === path ? source : own.readFile(file));
  host.getSourceFile = (file, ...rest) =>
    file === path ? ts.createSourceFile(file, source, ts.ScriptTarget.ES2022) : own.getSourceFile(file, ...rest);
  const program = ts.createProgram([path], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
