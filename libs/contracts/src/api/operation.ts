import type { Capability, Scope } from '@signpost/domain';
import type * as z from 'zod';

/** One operation of the API, from the schemas that check it: there is no second source that could differ. */
export interface Operation {
  /** As the peer names it: 'v1.application.create'. Its second part is the resource that it is listed under. */
  readonly id: string;
  /** One line. */
  readonly summary: string;
  /** What the summary has no room for. */
  readonly description?: string;
  readonly body?: z.ZodType;
  /** Its body names what may not be there: it answers 404 then, though nothing in its path is missing. */
  readonly findsByBody?: true;
  readonly query?: z.ZodObject;
  /** By status; null: no body. Failures that any operation can meet are added where it is described. */
  readonly answers: Readonly<Record<number, z.ZodType | null>>;
  /** The scope that an API key needs; absent: `read` to look, `write` for all else. */
  readonly needs?: Scope;
  /** The capability that a portal token needs; absent: portal tokens may not. */
  readonly portal?: Capability;
  /** Portal tokens alone may, and no API key. */
  readonly onlyPortal?: boolean;
  /** Anybody may call it, without a key. */
  readonly isOpen?: boolean;
  /** Of the same request with HEAD, where that is worth a name of its own. */
  readonly headId?: string;
}

/** An operation with its place, for one that the process which describes the API does not answer itself. */
export interface PlacedOperation extends Operation {
  readonly method: HttpMethod;
  /** With named parts: '/api/v1/app/:appId/msg'. */
  readonly path: string;
}

export type HttpMethod = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** The scope that an operation needs: where it names none, that follows from the method. */
export function scopeOf(operation: Pick<Operation, 'needs'> | undefined, method: string): Scope {
  return operation?.needs ?? (/^(get|head)$/i.test(method) ? 'read' : 'write');
}
