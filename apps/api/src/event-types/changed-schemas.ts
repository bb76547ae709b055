import { versionBreaks } from '@signpost/domain';
import { schemaFaults } from '@signpost/domain/schema-validation';
import { ValidationError, type FieldFault } from '@signpost/runtime';
import { isDeepStrictEqual } from 'node:util';

type Schemas = Readonly<Record<string, unknown>>;

/**
 * An event type's schemas after a request that gives some: versions that it does not name stay as they are; undefined
 * takes all of them away.
 * @throws ValidationError for a schema that cannot be taken, and for a change that receivers could not read
 */
export function changedSchemas(before: Schemas | undefined, given: Schemas | undefined): Schemas | undefined {
  const after = given === undefined ? undefined : { ...before, ...given };
  const fresh = Object.entries(given ?? {}).filter(
    ([version, schema]) => !isDeepStrictEqual(before?.[version], schema),
  );
  const faults = [...fresh.flatMap(([version, schema]) => faultsOf(version, schema)), ...breaksOf(before, after)];
  if (faults.length > 0) throw new ValidationError(faults);
  return after === undefined || Object.keys(after).length === 0 ? undefined : after;
}

function faultsOf(version: string, schema: unknown): readonly FieldFault[] {
  return schemaFaults(schema).map(({ at, code, reason }) => ({
    loc: placeOf(version, ...at),
    msg: reason,
    type: code,
  }));
}

function breaksOf(before: Schemas | undefined, after: Schemas | undefined): readonly FieldFault[] {
  return versionBreaks(before, after).map(({ at, code, reason }) => ({
    loc: placeOf(...at),
    msg:
      code === 'version-removed'
        ? reason
        : `${reason}. Receivers of this version could not read on: give the change a version of its own`,
    type: `schema_${code.replaceAll('-', '_')}`,
  }));
}

const placeOf = (...at: readonly string[]): readonly string[] => ['body', 'schemas', ...at];
