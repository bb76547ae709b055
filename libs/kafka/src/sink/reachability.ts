import { setTimeout as wait } from 'node:timers/promises';

const PAUSE_MS = 250;
const PROBE_MS = 2_000;

/**
 * Whether any broker answers. A failed send alone does not say: a leader may just have moved. So a failure asks the
 * cluster, and while nobody answers it goes on asking.
 */
export class Reachability {
  private unreachable = false;
  private asking = false;
  private stopped = false;

  constructor(
    private readonly probe: (withinMs: number) => Promise<void>,
    private readonly onReachable: () => void,
  ) {}

  get down(): boolean {
    return this.unreachable;
  }

  answered(): void {
    this.unreachable = false;
  }

  failed(): void {
    if (!this.asking && !this.stopped) void this.ask();
  }

  stop(): void {
    this.stopped = true;
  }

  private async ask(): Promise<void> {
    this.asking = true;
    let answers = false;
    while (!answers && !this.stopped) {
      answers = await this.probe(PROBE_MS).then(
        () => true,
        () => false,
      );
      this.unreachable = !answers;
      if (!answers) await wait(PAUSE_MS);
    }
    this.asking = false;
    if (answers) this.onReachable();
  }
}
