/**
 * One timer for all phases of an attempt. A deadline that moves back does not touch it: it looks again when it
 * fires, so that an attempt that goes well costs one timer set and one cleared.
 */
export class Deadline {
  private at = Infinity;
  private firesAt = Infinity;
  private timer: NodeJS.Timeout | undefined;
  private done = false;

  constructor(private readonly expired: () => void) {}

  /** `at`: milliseconds as performance.now() counts them. */
  set(at: number): void {
    this.at = at;
    if (at < this.firesAt) this.arm(at);
  }

  clear(): void {
    this.done = true;
    clearTimeout(this.timer);
  }

  private arm(at: number): void {
    clearTimeout(this.timer);
    this.firesAt = at;
    this.timer = setTimeout(fire, Math.max(1, at - performance.now()), this);
  }

  fire(): void {
    if (performance.now() < this.at) {
      this.arm(this.at);
      return;
    }
    // An answer that lies in the socket has the right of way over a timer that was late itself.
    setImmediate(() => {
      if (!this.done) this.expired();
    });
  }
}

function fire(deadline: Deadline): void {
  deadline.fire();
}
