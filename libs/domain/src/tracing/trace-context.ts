import { hash, randomBytes } from 'node:crypto';

/** A span's place in its trace, as W3C Trace Context names it. */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 of them. */
  readonly spanId: string;
  /** Whether its trace is recorded. */
  readonly isSampled: boolean;
  /** What other tracing systems have to say along the way (`tracestate`). */
  readonly state?: string;
}

/** The same as it travels in headers. */
export interface TraceCarrier {
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** Characters of the one version that there is. */
export const TRACEPARENT_LENGTH = 55;
/** Bounds of the specification on what has to be passed on; more is dropped. */
export const LONGEST_TRACESTATE = 512;
const MOST_MEMBERS = 32;
/** A later version may say more behind what this one knows. */
const LONGEST_TRACEPARENT = 256;

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);
const KEY = '[a-z0-9][a-z0-9_\\-*/]{0,240}(?:@[a-z][a-z0-9_\\-*/]{0,13})?';
const MEMBER = new RegExp(`^${KEY}=[\\x20-\\x2b\\x2d-\\x3c\\x3e-\\x7e]{0,255}[\\x21-\\x2b\\x2d-\\x3c\\x3e-\\x7e]$`);

/** Whatever came from outside: undefined where it is no context by the specification, and that is never an error. */
export function readTraceContext(traceparent: string | undefined, tracestate?: string): TraceContext | undefined {
  if (traceparent === undefined || traceparent.length > LONGEST_TRACEPARENT) return undefined;
  const [, version, traceId, spanId, flags, more] = TRACEPARENT.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (traceId === NO_TRACE || spanId === NO_SPAN) return undefined;
  const state = readTraceState(tracestate);
  const isSampled = (parseInt(flags, 16) & 1) === 1;
  return { traceId, spanId, isSampled, ...(state === undefined ? {} : { state }) };
}

/** A list that is too long or malformed is dropped whole; the context stands without it. */
function readTraceState(text: string | undefined): string | undefined {
  if (text === undefined || text.length > LONGEST_TRACESTATE) return undefined;
  const members = text
    .split(',')
    .map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((member) => member !== '');
  if (members.length === 0 || members.length > MOST_MEMBERS) return undefined;
  return members.every((member) => MEMBER.test(member)) ? members.join(',') : undefined;
}

export function traceCarrier({ traceId, spanId, isSampled, state }: TraceContext): TraceCarrier {
  const traceparent = `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
  return state === undefined ? { traceparent } : { traceparent, tracestate: state };
}

/** Without reading the rest: Signpost itself writes no other flags. */
export const isSampledCarrier = (carrier: TraceCarrier | undefined): carrier is TraceCarrier =>
  carrier?.traceparent.endsWith('-01') === true;

export const newTraceId = (): string => randomBytes(16).toString('hex');
export const newSpanId = (): string => randomBytes(8).toString('hex');

/**
 * Ids that follow from what they are of, so that a process can tell of spans that another one made, and did not record,
 * under the very ids that it gave them.
 */
export const derivedTraceId = (...parts: readonly string[]): string =>
  hash('sha256', `trace ${parts.join(' ')}`, 'hex').slice(0, 32);
export const derivedSpanId = (...parts: readonly string[]): string =>
  hash('sha256', `span ${parts.join(' ')}`, 'hex').slice(0, 16);
