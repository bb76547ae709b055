type Cleared<T> = { [K in keyof T]: Exclude<T[K], null> };

/** A PATCH body as a change: what is absent stays absent, null becomes undefined, which clears. */
export function asChange<T extends object>(patch: T): Cleared<T> {
  return Object.fromEntries(Object.entries(patch).map(([name, value]) => [name, value ?? undefined])) as Cleared<T>;
}
