/** What a person at the terminal reads: one line a step, with the seconds since the start. */
export class Narrator {
  constructor(
    private readonly write: (text: string) => void,
    private readonly startedAt = performance.now(),
  ) {}

  get seconds(): number {
    return (performance.now() - this.startedAt) / 1_000;
  }

  /** "   2.4 s  Kafka answers at …" */
  step(sentence: string): void {
    this.write(`${this.seconds.toFixed(1).padStart(7)} s  ${sentence}\n`);
  }

  text(text: string): void {
    this.write(`${text}\n`);
  }
}
