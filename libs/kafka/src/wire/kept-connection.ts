import type { BrokerConnection } from './connection.js';

/** A connection that is made when it is needed, and again once it has ended; calls meanwhile share the attempt. */
export class KeptConnection {
  private current: Promise<BrokerConnection> | undefined;

  constructor(private readonly open: () => Promise<BrokerConnection>) {}

  /** One that is usable. Rejects with what kept it from being made. */
  async get(): Promise<BrokerConnection> {
    const { current } = this;
    const known = await current?.catch(() => undefined);
    if (known?.usable === true) return known;
    if (this.current !== current) return this.get();
    known?.close();
    this.current = this.open();
    return this.current;
  }

  /** Ends what is open or about to be; the next call makes another. */
  close(): void {
    this.current?.then(
      (connection) => {
        connection.close();
      },
      () => undefined,
    );
    this.current = undefined;
  }
}
