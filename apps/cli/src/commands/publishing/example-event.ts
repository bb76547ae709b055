import { InvalidValueError } from '../../specification/values.js';

type Json = Record<string, unknown>;

const FORBIDDEN = ['__proto__', 'constructor', 'prototype'];

/**
 * The example with changes by path ("data.lead.name"), as a new value. A number in a path is a place in a list.
 * @throws InvalidValueError for a path that leads through something that is neither an object nor a list
 */
export function withChanges(example: Json, changes: Readonly<Record<string, string>>): Json {
  const changed = structuredClone(example);
  for (const [path, text] of Object.entries(changes)) setAt(changed, path, valueOf(text));
  return changed;
}

function setAt(root: Json, path: string, value: unknown): void {
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  if (last === '' || steps.includes('') || [...steps, last].some((step) => FORBIDDEN.includes(step))) {
    throw new InvalidValueError(`--set ${path}: is no path such as data.score`);
  }
  let at: Json = root;
  for (const step of steps) {
    at[step] ??= {};
    const next = at[step];
    if (typeof next !== 'object' || next === null) {
      throw new InvalidValueError(
        `--set ${path}: "${step}" is ${JSON.stringify(next)} in the example, and nothing stands in it`,
      );
    }
    at = next as Json;
  }
  at[last] = value;
}

/** As JSON where it is that; else the text itself. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
