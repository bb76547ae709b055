export type SchemaBreakCode =
  | 'field-removed'
  | 'field-not-foreseen'
  | 'no-longer-required'
  | 'type-widened'
  | 'values-added'
  | 'bound-loosened'
  | 'rule-dropped'
  | 'rule-changed'
  | 'version-removed'
  | 'not-comparable';

/** Why a receiver that reads what the schema allowed before could not read all that it allows now. */
export interface SchemaBreak {
  /** In the schema: ['properties', 'data', 'required']. */
  readonly at: readonly string[];
  readonly code: SchemaBreakCode;
  /** For people: what a receiver would meet. */
  readonly reason: string;
}

/** Thrown and caught inside the comparison alone. */
export class TooIntricateError extends Error {}
