/**
 * One value for each environment object. Nest tells dynamic modules apart by reference: roles of one process that
 * ask with the same environment share one Kafka client and one pool, and two environments have two.
 */
export function perEnvironment<T>(make: (env: NodeJS.ProcessEnv) => T): (env: NodeJS.ProcessEnv) => T {
  const made = new WeakMap<NodeJS.ProcessEnv, { readonly value: T }>();
  return (env) => {
    const known = made.get(env);
    if (known !== undefined) return known.value;
    const value = make(env);
    made.set(env, { value });
    return value;
  };
}
