import { CelFilter } from './cel-filter.js';
import {
  FilterRefusedError,
  MOST_FILTER_CHARACTERS,
  MOST_FILTERS,
  type ContentFilter,
  type FilterPlace,
} from './content-filter.js';
import type { FilterSubject } from './filter-subject.js';
import { JsonFilter } from './json-filter.js';
import { Steps, TooManyStepsError } from './steps.js';

/** Why nothing could be said of a message: not the filter's no, though it counts as one. */
export type FilterFailure = 'too-many-steps' | 'unreadable-payload' | 'unreadable-filter';

export type FilterVerdict = 'fits' | 'unfit' | FilterFailure;

type Compiled =
  { readonly dialect: 'json'; readonly filter: JsonFilter } | { readonly dialect: 'cel'; readonly filter: CelFilter };

/** The filters of one endpoint, made ready once. */
export class EndpointFilters {
  private readonly filters: readonly Compiled[];

  /** @throws FilterRefusedError */
  constructor(filters: readonly ContentFilter[]) {
    if (filters.length > MOST_FILTERS) {
      throw new FilterRefusedError('filter_size', [], `has more than ${String(MOST_FILTERS)} filters`);
    }
    this.filters = filters.map((filter, at) => compiled(filter, at));
    if (JSON.stringify(filters).length > MOST_FILTER_CHARACTERS) {
      const most = String(MOST_FILTER_CHARACTERS);
      throw new FilterRefusedError('filter_size', [], `has more than ${most} characters of JSON, all filters together`);
    }
  }

  /** Whether a message fits them all. Never throws, and ends after so many steps. */
  verdict(subject: FilterSubject): FilterVerdict {
    const steps = new Steps();
    return this.judged(() => {
      for (const one of this.filters) {
        const fits = fitsOne(one, subject, steps);
        if (fits !== true) return fits === false ? 'unfit' : 'unreadable-payload';
      }
      return 'fits';
    });
  }

  /**
   * Why a message does not fit, by the clause that decided: 'json data.rating.score $gte 4: is 2'. Undefined where it
   * fits.
   */
  whyNot(subject: FilterSubject): string | undefined {
    const steps = new Steps();
    const why = this.judged(() => {
      for (const one of this.filters) {
        const fits = fitsOne(one, subject, steps);
        if (fits === undefined) return `${one.dialect}: ${FAILURE_TEXTS['unreadable-payload']}`;
        if (!fits) return `${one.dialect} ${clauseOf(one, subject)}`;
      }
      return undefined;
    });
    return why === 'too-many-steps' ? FAILURE_TEXTS[why] : why;
  }

  private judged<T>(judge: () => T): T | 'too-many-steps' {
    try {
      return judge();
    } catch (error) {
      if (error instanceof TooManyStepsError) return 'too-many-steps';
      throw error;
    }
  }
}

export const FAILURE_TEXTS = {
  'too-many-steps': 'judging it would take too many steps: the lists of this message are too long for its filters',
  'unreadable-payload': 'the payload is no JSON, or nested too deeply',
  'unreadable-filter': 'the filter cannot be read by this version of Signpost',
} as const satisfies Record<FilterFailure, string>;

/** Why filters are not taken; undefined where they are. `place` begins in their list. */
export function filterRefusal(filters: readonly ContentFilter[]): FilterRefusedError | undefined {
  const made = madeReady(filters);
  return made instanceof FilterRefusedError ? made : undefined;
}

function madeReady(filters: readonly ContentFilter[]): EndpointFilters | FilterRefusedError {
  try {
    return new EndpointFilters(filters);
  } catch (error) {
    if (error instanceof FilterRefusedError) return error;
    throw error;
  }
}

const ready = new WeakMap<readonly ContentFilter[], EndpointFilters | 'unreadable-filter'>();

/** Of an endpoint's filters as they are kept: made ready with the first message, and kept as long as they are. */
export function filtersOf(filters: readonly ContentFilter[]): EndpointFilters | 'unreadable-filter' {
  const known = ready.get(filters);
  if (known !== undefined) return known;
  const made = madeReady(filters);
  // They were checked when they were set; perhaps by a version that reads more than this one.
  const kept = made instanceof FilterRefusedError ? 'unreadable-filter' : made;
  ready.set(filters, kept);
  return kept;
}

function compiled(filter: ContentFilter, at: number): Compiled {
  const [dialect, ...more] = Object.keys(filter);
  const place: FilterPlace = dialect === undefined ? [at] : [at, dialect];
  if (more.length === 0 && 'json' in filter) return { dialect: 'json', filter: new JsonFilter(filter.json, place) };
  if (more.length === 0 && 'cel' in filter) return { dialect: 'cel', filter: new CelFilter(filter.cel, place) };
  throw new FilterRefusedError('filter_unknown', [at], 'is { "json": … } or { "cel": … }');
}

/** Undefined: what the message says cannot be read. */
function fitsOne(one: Compiled, subject: FilterSubject, steps: Steps): boolean | undefined {
  switch (one.dialect) {
    case 'json':
      return subject.json && one.filter.fits(subject.json, steps);
    case 'cel':
      return subject.cel && one.filter.fits(subject.cel, steps);
  }
}

function clauseOf(one: Compiled, subject: FilterSubject): string {
  const steps = new Steps();
  switch (one.dialect) {
    case 'json':
      return subject.json === undefined ? '' : one.filter.whyNot(subject.json, steps);
    case 'cel':
      return subject.cel === undefined ? '' : one.filter.whyNot(subject.cel, steps);
  }
}
