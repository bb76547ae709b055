/** Bytes of a transformation's code. */
export const LARGEST_CODE = 51_200;
/** Versions of one endpoint's transformation that are kept beside the one in force. */
export const MOST_VERSIONS = 50;
/** Bytes of a body that a transformation may make: with its headers it still fits into one record. */
export const LARGEST_MADE_BODY = 524_288;
/** Characters of a path and query that a transformation may make. */
export const LONGEST_MADE_PATH = 4_096;

/** What the data plane knows of an endpoint's transformation; absent while there is none, or it is switched off. */
export interface EndpointTransformation {
  readonly version: number;
  readonly sealedCode: string;
}

/** How a transformation failed, as its owner has to tell one from another. */
export const TRANSFORMATION_FAULTS = [
  /** The code is no JavaScript. */
  'syntax',
  /** It declares no function called handler. */
  'no-handler',
  'threw',
  'timeout',
  'memory',
  'too-deep',
  /** What handler returned is nothing that could be sent. */
  'returned',
  'too-large',
  /** The message's payload is no JSON. */
  'payload',
  /** The sandbox failed: nobody's fault but ours. */
  'crashed',
] as const;
export type TransformationFaultCode = (typeof TRANSFORMATION_FAULTS)[number];

export interface TransformationFault {
  readonly kind: 'fault';
  readonly code: TransformationFaultCode;
  /** For whoever wrote the code: what happened, and what to do. */
  readonly message: string;
  /** Of the code, from 1; absent where none is known. */
  readonly line?: number;
}

export type MadeMethod = 'POST' | 'PUT';

/** What a transformation made of a request; what is absent stays as it would be without it. */
export interface MadeRequest {
  readonly kind: 'made';
  readonly method?: MadeMethod;
  /** With its query, in place of those of the endpoint's URL. */
  readonly path?: string;
  /** By lower-case names; the content type among them. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export type TransformationOutcome = MadeRequest | { readonly kind: 'declined' } | TransformationFault;

/** Why an attempt failed, as the journal names it. */
export const faultReason = (code: TransformationFaultCode): string => `${TRANSFORMATION}:${code}`;

/** Of a reason as the journal names it: whether a transformation failed, so that nothing was sent. */
export const isTransformationFault = (reason: string | undefined): boolean =>
  reason?.startsWith(`${TRANSFORMATION}:`) === true;

const TRANSFORMATION = 'transformation';

/** The endpoint's URL with the path that was made, whatever it is. */
export function withMadePath(url: string, path: string | undefined): string {
  return path === undefined ? url : `${new URL(url).origin}${path}`;
}
