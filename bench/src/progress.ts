const EVERY_MS = 500;
const EVERY_MS_WITHOUT_TERMINAL = 10_000;

/** One line that says how far it has come: rewritten on a terminal, now and then a new one elsewhere. */
export class Progress {
  #doing = '';
  #last = 0;
  #shown = false;
  readonly #started = performance.now();

  constructor(private readonly stream: NodeJS.WriteStream = process.stderr) {}

  /** Begins something new; always said. */
  begin(doing: string): void {
    this.clear();
    this.#doing = doing;
    this.#last = performance.now();
    this.stream.write(`${this.#seconds()} ${doing}\n`);
  }

  /** How far that has come; said when the last word is old enough. */
  tell(detail: string): void {
    const now = performance.now();
    if (now - this.#last < (this.stream.isTTY ? EVERY_MS : EVERY_MS_WITHOUT_TERMINAL)) return;
    this.#last = now;
    const line = `${this.#seconds()} ${this.#doing}: ${detail}`;
    this.stream.write(this.stream.isTTY ? `\r\u001b[2K${line}` : `${line}\n`);
    this.#shown = this.stream.isTTY;
  }

  clear(): void {
    if (this.#shown) this.stream.write('\r\u001b[2K');
    this.#shown = false;
  }

  #seconds(): string {
    return `${((performance.now() - this.#started) / 1_000).toFixed(0).padStart(5)} s`;
  }
}
