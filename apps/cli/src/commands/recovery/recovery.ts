/** What commands show of a recovery. */
export interface Recovery {
  readonly id: string;
  readonly kind: string;
  readonly status: 'running' | 'paused' | 'finished' | 'aborted' | 'failed';
  readonly why?: string | null;
  readonly by?: { readonly type?: string; readonly name?: string; readonly id?: string };
  readonly reason?: string;
  readonly waiting?: { readonly endpointId: string; readonly why: string };
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
    readonly reason?: string | null;
    readonly attempts?: number;
  }[];
  readonly notes: readonly (string | { readonly code: string; readonly text: string })[];
}

export interface RecoveryRecord {
  readonly sequence?: number;
  readonly deliveryId: string;
  readonly msgId: string;
  readonly endpointId: string;
  readonly result: string;
  readonly why?: string | null;
  readonly at?: string | null;
}

export const RECOVERY_PATH = '/api/v1/recovery';

export const skippedOf = ({ skipped }: Recovery): number =>
  Object.values(skipped).reduce((sum, count) => sum + count, 0);
