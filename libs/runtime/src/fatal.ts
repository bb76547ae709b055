/**
 * What cannot be mended while the process lives: a consumer that gave up, a bug in a handler. Whoever runs the
 * process decides; it ends with an error, and its supervisor starts it anew from what Kafka holds.
 */
export class Fatal {
  private readonly listeners: ((error: Error) => void)[] = [];
  private first: Error | undefined;

  raise(error: Error): void {
    if (this.first !== undefined) return;
    this.first = error;
    for (const listener of this.listeners) listener(error);
  }

  /** Called once, with the first error; at once when it has already come. */
  onRaised(listener: (error: Error) => void): void {
    if (this.first !== undefined) listener(this.first);
    else this.listeners.push(listener);
  }
}
