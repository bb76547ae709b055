/** What this command shows of an explanation. */
export interface Explained {
  readonly message: {
    readonly id: string;
    readonly appId: string;
    readonly eventType: string;
    readonly eventId?: string;
    readonly conversationId?: string;
    readonly acceptedAt: string;
  };
  readonly summary?: string;
  readonly endpoints: readonly ExplainedEndpoint[];
  readonly iterator?: string | null;
  readonly done?: boolean;
  readonly notes?: readonly string[];
}

export interface ExplainedEndpoint {
  readonly endpointId: string;
  readonly url?: string;
  readonly verdict: string;
  readonly rule: { readonly kind: string; readonly text: string; readonly clause?: string };
  readonly stages: readonly {
    readonly name: string;
    readonly at: string;
    readonly ms?: number;
    readonly attempt?: number;
  }[];
  readonly attempts: readonly {
    readonly attempt: number;
    readonly outcome: 'delivered' | 'failed';
    readonly status?: number;
    readonly reason?: string;
  }[];
  readonly next?: { readonly what: string; readonly at?: string; readonly why: string };
}
