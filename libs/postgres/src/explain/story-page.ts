import type { EndpointId } from '@signpost/domain';
import type { StoryPage } from '@signpost/ports';

/** Cursors begin with where they stand: among those that the message concerns, or among the others. */
const CONCERNED = 'c.';
export const OTHERS = 'o.';

/** Which endpoints a page shows: some by name, then so many of the others. */
export interface PageOfEndpoints {
  readonly named: readonly EndpointId[];
  readonly others?: {
    readonly without: readonly EndpointId[];
    readonly limit: number;
    readonly beyond: string | undefined;
  };
  /** Where the next page begins, if that is known already. */
  readonly beyond?: string;
}

/** `concerned`: endpoints that the message was matched to, or sent to all the same. */
export function pageOf(concerned: readonly EndpointId[], { limit, beyond, first, only }: StoryPage): PageOfEndpoints {
  if (only !== undefined) return { named: [only] };
  const without = first === undefined ? [] : [first];
  if (beyond?.startsWith(OTHERS) === true) {
    return { named: [], others: { without, limit, beyond: beyond.slice(OTHERS.length) } };
  }
  const rest = concerned.filter((id) => id !== first).sort();
  const from = beyond?.slice(CONCERNED.length);
  const ordered = from === undefined ? [...without, ...rest] : rest.filter((id) => id > from);
  const named = ordered.slice(0, limit);
  const last = named.at(-1);
  if (ordered.length > limit && last !== undefined)
    return { named, beyond: `${CONCERNED}${last === first ? '' : last}` };
  return { named, others: { without, limit: limit - named.length, beyond: undefined } };
}
