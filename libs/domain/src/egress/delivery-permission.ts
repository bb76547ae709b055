import type { AttemptResult } from '../delivery/attempt-result.js';

/** CloudEvents HTTP 1.1 Web Hooks 1.0, §4: before anything is delivered, the receiver is asked whether it wants that. */
export type ValidationMethod = 'cloudevents-options';
export const VALIDATION_METHODS = ['cloudevents-options'] as const satisfies readonly ValidationMethod[];

export type PermissionState = 'pending' | 'allowed' | 'refused';

/** What a receiver said when it was asked. */
export interface DeliveryPermission {
  readonly method: ValidationMethod;
  /** What it was asked for: what it said holds for no other URL. */
  readonly url: string;
  /** pending: it gave no answer that says either. */
  readonly state: PermissionState;
  /** Why it is not allowed: 'origin', 'rate', 'http:405', 'timeout:total', 'network:ECONNREFUSED', … */
  readonly reason?: string;
  /** Requests a minute that it takes; undefined: any number. */
  readonly ratePerMinute?: number;
  readonly askedAtMs: number;
}

export interface PermissionAsked {
  /** The name of this installation, as a receiver may know it. */
  readonly origin: string;
  /** Requests a minute; undefined: as many as it takes. */
  readonly ratePerMinute?: number | undefined;
  /** Where the receiver may say yes later on. */
  readonly callbackUrl?: string | undefined;
}

export type PermissionAnswer = Pick<DeliveryPermission, 'state' | 'reason' | 'ratePerMinute'>;

const ALLOWED_ORIGIN = 'webhook-allowed-origin';
const ALLOWED_RATE = 'webhook-allowed-rate';
/** The headers of the answer that judgePermission() reads. */
export const PERMISSION_ANSWER_HEADERS: readonly string[] = [ALLOWED_ORIGIN, ALLOWED_RATE];

/** The headers of the OPTIONS request. */
export function permissionHeaders(asked: PermissionAsked): Readonly<Record<string, string>> {
  const { origin, ratePerMinute, callbackUrl } = asked;
  return {
    'webhook-request-origin': origin,
    ...(ratePerMinute === undefined ? {} : { 'webhook-request-rate': String(ratePerMinute) }),
    ...(callbackUrl === undefined ? {} : { 'webhook-request-callback': callbackUrl }),
  };
}

/** What the answer to the OPTIONS request says. Whatever may be a passing trouble leaves the question open. */
export function judgePermission(result: AttemptResult, asked: PermissionAsked): PermissionAnswer {
  switch (result.kind) {
    case 'response':
      return judgeAnswer(result.status, result.headers ?? {}, asked);
    case 'timeout':
      return { state: 'pending', reason: `timeout:${result.phase}` };
    case 'network-error':
      return { state: 'pending', reason: `network:${result.code}` };
    case 'blocked-address':
      return { state: 'refused', reason: `blocked-address:${result.reason}` };
  }
}

function judgeAnswer(
  status: number,
  headers: Readonly<Record<string, string>>,
  asked: PermissionAsked,
): PermissionAnswer {
  if (status < 200 || status >= 300) {
    const isOpen = status >= 500 || status === 429 || asked.callbackUrl !== undefined;
    return { state: isOpen ? 'pending' : 'refused', reason: `http:${String(status)}` };
  }
  const origin = headers[ALLOWED_ORIGIN]?.trim();
  // Names of hosts, so their case says nothing.
  if (origin !== '*' && origin?.toLowerCase() !== asked.origin.toLowerCase()) {
    return asked.callbackUrl !== undefined && origin === undefined
      ? { state: 'pending', reason: 'origin' }
      : { state: 'refused', reason: 'origin' };
  }
  const rate = headers[ALLOWED_RATE]?.trim();
  // It may be left out only by who was not asked.
  if (rate === undefined) return asked.ratePerMinute === undefined ? ALLOWED : WRONG_RATE;
  if (rate === '*') return ALLOWED;
  if (!/^\d{1,15}$/.test(rate) || Number(rate) === 0) return WRONG_RATE;
  return { state: 'allowed', ratePerMinute: Number(rate) };
}

const ALLOWED: PermissionAnswer = { state: 'allowed' };
const WRONG_RATE: PermissionAnswer = { state: 'refused', reason: 'rate' };

interface Asked {
  readonly url: string;
  readonly permission?: DeliveryPermission;
}

/** An endpoint that need not be asked counts as one that said yes; one whose URL has changed since as one that said nothing. */
export function permissionState({ url, permission }: Asked): PermissionState {
  if (permission === undefined) return 'allowed';
  return permission.url === url ? permission.state : 'pending';
}

/** The most requests a minute that the receiver takes; undefined: it set no limit. */
export function permittedRate({ url, permission }: Asked): number | undefined {
  return permission?.url === url ? permission.ratePerMinute : undefined;
}
