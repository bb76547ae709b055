/** The longest that parts of an attempt may take, in milliseconds; what is absent is as for every other endpoint. */
export interface EndpointTimeouts {
  readonly connectMs?: number;
  /** From the request being sent. */
  readonly firstByteMs?: number;
  readonly totalMs?: number;
}

/** What an endpoint's owner asked for, as far as the operator allows it. */
export function boundedTimeouts(
  allowed: Required<EndpointTimeouts>,
  asked: EndpointTimeouts | undefined,
): Required<EndpointTimeouts> {
  if (asked === undefined) return allowed;
  return {
    connectMs: Math.min(allowed.connectMs, asked.connectMs ?? Infinity),
    firstByteMs: Math.min(allowed.firstByteMs, asked.firstByteMs ?? Infinity),
    totalMs: Math.min(allowed.totalMs, asked.totalMs ?? Infinity),
  };
}

/** The parts for which more is asked than the operator allows. */
export function excessiveTimeouts(
  allowed: Required<EndpointTimeouts>,
  asked: EndpointTimeouts,
): readonly (keyof EndpointTimeouts)[] {
  return PARTS.filter((part) => (asked[part] ?? 0) > allowed[part]);
}

const PARTS = ['connectMs', 'firstByteMs', 'totalMs'] as const satisfies readonly (keyof EndpointTimeouts)[];
