import type {
  EndpointTransformationOut,
  TransformationVersionCodeOut,
  TransformationVersionOut,
} from '@signpost/contracts';
import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { shownTime } from '../../output/durations.js';
import { readInput } from '../../read-input.js';
import { endpointPath } from '../endpoints/show-endpoint.js';
import type { OneGiven, RemoveGiven, RollbackGiven, SetGiven, ShowGiven } from './specification.js';

interface Versions {
  readonly data: readonly TransformationVersionOut[];
}

export async function transformationPath(context: Context, { app, endpoint }: OneGiven): Promise<string> {
  return `${endpointPath(await context.app(app), endpoint)}/transformation`;
}

export async function showTransformation(context: Context, given: ShowGiven): Promise<void> {
  const { codeVersion: version, code: isCodeAlone } = given;
  const path = await transformationPath(context, given);
  const client = await context.client();
  const found =
    version === undefined
      ? await client.get<EndpointTransformationOut>(path)
      : await client.get<TransformationVersionCodeOut>(`${path}/version/${String(version)}`);
  if (!isCodeAlone) {
    print(context, found);
    return;
  }
  if (found.code === null) throw new UsageError('The endpoint has no transformation', 'Leave --code away to see that.');
  if (context.output.isJson) context.output.json({ code: found.code });
  else context.output.line(found.code);
}

export async function setTransformation(context: Context, given: SetGiven): Promise<void> {
  const { file, disabled } = given;
  const code = await codeIn(context, file);
  const path = await transformationPath(context, given);
  const client = await context.client();
  print(context, await client.call('PUT', path, { body: { code, enabled: !disabled } }));
}

export async function listVersions(context: Context, given: OneGiven): Promise<void> {
  const path = await transformationPath(context, given);
  const { data } = await (await context.client()).get<Versions>(`${path}/version`);
  context.output.list(
    { rows: data, isCut: false },
    [
      { title: 'version', of: ({ version }) => version, isRight: true },
      { title: 'in force', of: ({ current }) => (current ? 'yes' : '') },
      { title: 'set', of: ({ createdAt }) => shownTime(createdAt) },
      { title: 'by', of: ({ createdBy }) => createdBy.name ?? createdBy.type },
    ],
    'The endpoint has never had a transformation. `signpost transformations set` gives it one.',
  );
}

export async function rollBack(context: Context, given: RollbackGiven): Promise<void> {
  const version = Number(given.version);
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new UsageError(
      `${given.version} is no number of a version`,
      '`signpost transformations versions` shows which there are.',
    );
  }
  const path = await transformationPath(context, given);
  print(context, await (await context.client()).call('POST', `${path}/rollback`, { body: { version } }));
}

export const disableTransformation = (context: Context, given: OneGiven): Promise<void> =>
  change(context, given, { enabled: false });
export const enableTransformation = (context: Context, given: OneGiven): Promise<void> =>
  change(context, given, { enabled: true });

export async function removeTransformation(context: Context, given: RemoveGiven): Promise<void> {
  await context.confirm(`Takes the transformation of ${given.endpoint} off: messages go out as they come.`, given.yes);
  await change(context, given, { code: null });
}

/** The text of a file, for the API to judge. @throws UsageError */
export async function codeIn({ surroundings }: Context, file: string): Promise<string> {
  return (await readInput(file, surroundings)).toString('utf8');
}

async function change(context: Context, given: OneGiven, body: object): Promise<void> {
  const path = await transformationPath(context, given);
  const client = await context.client();
  await client.call('PATCH', path, { body });
  print(context, await client.get<EndpointTransformationOut>(path));
}

function print({ output }: Context, found: EndpointTransformationOut | TransformationVersionCodeOut): void {
  if (output.isJson) {
    output.json(found);
    return;
  }
  const { code, version } = found;
  if (code === null || version === null) {
    output.note('The endpoint has no transformation: messages go out as they come.');
    return;
  }
  output.fields([
    ['version', version],
    ...('enabled' in found
      ? ([
          ['switched on', found.enabled ? 'yes' : 'no'],
          ['changed', shownTime(found.updatedAt)],
        ] as const)
      : ([
          ['in force', found.current ? 'yes' : 'no'],
          ['set', shownTime(found.createdAt)],
        ] as const)),
  ]);
  output.heading('Code');
  output.line(code);
}
