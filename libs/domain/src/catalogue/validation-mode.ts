/**
 * What becomes of an event whose payload does not fit the schema of its type: refused, accepted with a mark, or nobody
 * looks.
 */
export type ValidationMode = 'enforce' | 'warn' | 'off';
export const VALIDATION_MODES = ['enforce', 'warn', 'off'] as const satisfies readonly ValidationMode[];

/** Stands among an application's event types for all that it does not name. */
export const EVERY_EVENT_TYPE = '*';
/** Finds messages that were accepted although their payload does not fit its schema. */
export const SCHEMA_MISMATCH_TAG = 'schema-mismatch';

/** An application, or an event type for those that say nothing of it. */
interface Saying<T> {
  readonly validation?: T | undefined;
}
/** By event type, '*' for all others. */
export type SaysWhatIsChecked = Saying<Readonly<Record<string, ValidationMode>>>;

/** The application's word comes first, for the type itself and then for all; then the type's; without any: off. */
export function validationMode(
  application: SaysWhatIsChecked,
  eventType: Saying<ValidationMode> | undefined,
  name: string,
): ValidationMode {
  const own = application.validation;
  if (own !== undefined) {
    if (Object.hasOwn(own, name)) return own[name] ?? 'off';
    if (Object.hasOwn(own, EVERY_EVENT_TYPE)) return own[EVERY_EVENT_TYPE] ?? 'off';
  }
  return eventType?.validation ?? 'off';
}
