/** A request that came with an Idempotency-Key. */
export class KeyedRequest {
  private keptText: string | undefined;

  constructor(
    /** Of the key's scope and of what was asked: the same for a repeated request, and for no other. */
    readonly identity: string,
    /**
     * Milliseconds since 1970: when the request first came. The same for its repeats, also after a crash; of one that could
     * not be looked up, when it came.
     */
    readonly firstAtMs: number,
    /** What the handler kept when it answered the first time; undefined the first time. */
    readonly recalled: string | undefined,
  ) {}

  get kept(): string | undefined {
    return this.keptText;
  }

  /** Keeps what the handler needs to give its answer again. */
  keep(text: string): void {
    this.keptText = text;
  }
}
