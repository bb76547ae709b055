import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** What the target's own types say that its bodies are, as an expression of `body`. */
export const TARGET_TYPES: Readonly<Record<string, string>> = {
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
export const HUBSPOT_PROPERTIES = [
  'email',
  'firstname',
  'lastname',
  'phone',
  'company',
  'jobtitle',
  'lifecyclestage',
  'message',
];
/** Fields of Salesforce's Lead that a call may set, with the most characters that each takes. */
export const SALESFORCE_FIELDS: Readonly<Record<string, number>> = {
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

const nameOf = (recipe: string, number: number): string => `${recipe.replaceAll('-', '_')}_${String(number)}`;

/** What the compiler says of bodies by their recipes, held against TARGET_TYPES; a fault each. */
export function typeFaults(bodies: ReadonlyMap<string, readonly unknown[]>): readonly string[] {
  const lines = [...bodies].flatMap(([recipe, made]) =>
    made.map(
      (body, number) =>
        `export const ${nameOf(recipe, number)}: ${TARGET_TYPES[recipe] ?? 'never'} = ${JSON.stringify(body)};`,
    ),
  );
  return faultsOf(lines.join('\n'));
}

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
