import type { ActorOut } from '@signpost/contracts';

/** What commands show of a recovery. */
export interface Recovery {
  readonly id: string;
  readonly kind: string;
  readonly status: 'running' | 'paused' | 'finished' | 'aborted' | 'failed';
  readonly why?: string | null | undefined;
  readonly by?: ActorOut | undefined;
  readonly reason?: string | undefined;
  readonly waiting?: { readonly endpointId: string; readonly why: string } | undefined;
  readonly total: number | null;
  readonly done: number;
  readonly delivered: number;
  readonly failedAgain: number;
  readonly skipped: Readonly<Record<string, number>>;
  readonly perSecond: number;
  readonly estimatedEndAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface RecoveryPreview {
  readonly count: number | null;
  readonly histogram: readonly { readonly endpointId: string; readonly reason: string; readonly count: number }[];
  readonly samples: readonly {
    readonly deliveryId: string;
    readonly msgId: string;
    readonly endpointId: string;
    readonly eventType: string;
    readonly reason?: string | null | undefined;
    readonly attempts?: number | undefined;
  }[];
  readonly notes: readonly (string | { readonly code: string; readonly text: string })[];
}

export const RECOVERY_PATH = '/api/v1/recovery';

export const skippedOf = ({ skipped }: Recovery): number =>
  Object.values(skipped).reduce((sum, count) => sum + count, 0);
