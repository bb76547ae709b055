import type { Output } from '../../output/output.js';
import type { SinkRequest } from './receiver.js';

const MOST_IDS = 1_000_000;

/** What came in altogether. */
export class SinkSummary {
  requests = 0;
  private repeats = 0;
  private readonly ids = new Set<string>();
  private readonly statuses = new Map<number, number>();
  private readonly verdicts = new Map<string, number>();

  add({ status, headers }: SinkRequest, verdict: string | undefined): void {
    this.requests += 1;
    count(this.statuses, status);
    if (verdict !== undefined) count(this.verdicts, verdict);
    const id = headers['webhook-id'];
    if (id === undefined) return;
    if (this.ids.has(id)) this.repeats += 1;
    else if (this.ids.size < MOST_IDS) this.ids.add(id);
  }

  toJson(): object {
    return {
      requests: this.requests,
      messages: this.ids.size,
      repeats: this.repeats,
      statuses: Object.fromEntries(this.statuses),
      signatures: Object.fromEntries(this.verdicts),
    };
  }

  print(output: Output): void {
    output.fields([
      ['requests', this.requests],
      ['messages', this.ids.size],
      ['repeats', this.repeats],
      ...[...this.statuses].map(
        ([status, times]) => [status === 0 ? 'closed' : `answered ${String(status)}`, times] as const,
      ),
      ...[...this.verdicts].map(([verdict, times]) => [`signature ${verdict}`, times] as const),
    ]);
  }
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
