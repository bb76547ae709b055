import { SCHEMA_MISMATCH_TAG } from '@signpost/domain';
import { ValidationError, type FieldFault } from '@signpost/runtime';
import type { Draft } from '../http/draft.js';
import { jsonOrText } from './json-or-text.js';
import type { CheckedEvent, Mismatch, PayloadValidation } from './payload-validation.js';

/**
 * The drafts of a request, those marked whose payload does not fit where that is no reason to refuse it.
 * @throws ValidationError with every place, where it is
 */
export function checkedDrafts(
  validation: PayloadValidation,
  of: Pick<CheckedEvent, 'organisationId' | 'application'>,
  drafts: readonly Draft[],
): readonly Draft[] {
  const refused: FieldFault[] = [];
  const checked = drafts.map((draft) => {
    const eventType = draft.message.eventType;
    const mismatch = validation.mismatch({ ...of, eventType, payload: () => parsedPayload(draft) });
    if (mismatch === undefined) return draft;
    if (mismatch.mode === 'enforce') refused.push(...faultsOf(draft, mismatch));
    return { ...draft, message: { ...draft.message, tags: [...(draft.message.tags ?? []), SCHEMA_MISMATCH_TAG] } };
  });
  if (refused.length > 0) throw new ValidationError(refused.slice(0, MOST_FAULTS));
  return checked;
}

const MOST_FAULTS = 100;

function faultsOf({ index, message }: Draft, { faults }: Mismatch): readonly FieldFault[] {
  const of = index === undefined ? ['body'] : ['body', 'data', String(index)];
  return faults.map(({ at, rule, reason }) => ({
    loc: [...of, 'payload', ...at],
    msg: `${reason}, by the schema of ${message.eventType}`,
    type: `payload_${rule.replaceAll('-', '_')}`,
  }));
}

/** A payload that came in the body was parsed with it. */
function parsedPayload({ message, payload }: Draft): unknown {
  return message.transformationsParams?.rawPayload == null ? message.payload : jsonOrText(payload);
}
