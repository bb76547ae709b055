// A Ctrl-C comes twice when npm passes on what the terminal has sent to the whole group.
const SAME_PRESS_MS = 1_000;

/** The wish to stop: the first signal asks, a later one hurries. */
export class StopSignals {
  readonly requested: Promise<void>;
  readonly hurried: Promise<void>;

  constructor(source: NodeJS.EventEmitter = process) {
    let request!: () => void;
    let hurry!: () => void;
    this.requested = new Promise((resolve) => (request = resolve));
    this.hurried = new Promise((resolve) => (hurry = resolve));
    let firstAt: number | undefined;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      source.on(signal, () => {
        if (firstAt === undefined) {
          firstAt = performance.now();
          request();
        } else if (performance.now() - firstAt > SAME_PRESS_MS) hurry();
      });
    }
  }
}
