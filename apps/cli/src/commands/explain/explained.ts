/** What this command shows of an explanation. */
export interface Explained {
  readonly message: {
    readonly id: string;
    readonly appId: string;
    readonly eventType: string;
    readonly eventId?: string | undefined;
    readonly conversationId?: string | undefined;
    readonly acceptedAt: string;
  };
  readonly summary?: string | undefined;
  readonly endpoints: readonly ExplainedEndpoint[];
  readonly iterator?: string | null | undefined;
  readonly done?: boolean | undefined;
  readonly notes?: readonly string[] | undefined;
}

export interface ExplainedEndpoint {
  readonly endpointId: string;
  readonly url?: string | undefined;
  readonly verdict: string;
  readonly rule: { readonly kind: string; readonly text: string; readonly clause?: string };
  readonly stages: readonly {
    readonly name: string;
    readonly at: string;
    readonly ms?: number | undefined;
    readonly attempt?: number | undefined;
  }[];
  readonly attempts: readonly {
    readonly attempt: number;
    readonly outcome: 'delivered' | 'failed';
    readonly status?: number | undefined;
    readonly reason?: string | undefined;
  }[];
  readonly next?: { readonly what: string; readonly at?: string | undefined; readonly why: string };
}
