import type { Actor, EndpointId, EndpointTransformation } from '@signpost/domain';

/** An endpoint's transformation as its owner left it. */
export interface KeptTransformation extends EndpointTransformation {
  /** Of one that was taken off the version is 0 and the code empty, and it is not enabled. */
  readonly enabled: boolean;
  /** The highest version that there ever was. */
  readonly latest: number;
  /** Milliseconds since 1970. */
  readonly changedAtMs: number;
}

export interface KeptVersion extends EndpointTransformation {
  readonly createdAt: Date;
  readonly createdBy: Actor;
}

/** The versions of transformations; they are written with the endpoint, see EndpointStore. */
export abstract class TransformationVersions {
  /** Those that are kept, newest first. */
  abstract list(endpointId: EndpointId): Promise<readonly Omit<KeptVersion, 'sealedCode'>[]>;
  abstract get(endpointId: EndpointId, version: number): Promise<KeptVersion | undefined>;
}
