import { ScriptedReceiver } from '../receiver/scripted-receiver.js';
import { until } from '../until.js';
import { spansOf, type CollectedSpan } from './spans.js';

/** A collector of OTLP over HTTP, as far as a test needs one: it takes spans as protobuf and shows them. */
export class Collector {
  private constructor(readonly receiver: ScriptedReceiver) {}

  static async start(): Promise<Collector> {
    return new Collector(await ScriptedReceiver.start());
  }

  /** The setting that sends spans here, each within a moment. */
  get settings(): Readonly<Record<string, string>> {
    return { OTEL_EXPORTER_OTLP_ENDPOINT: this.receiver.url(''), OTEL_BSP_SCHEDULE_DELAY: '10' };
  }

  get spans(): readonly CollectedSpan[] {
    return this.receiver.requests.flatMap(({ body }) => spansOf(body));
  }

  /** Waits for a span that is so, and returns it. */
  async span(what: string, isIt: (span: CollectedSpan) => boolean): Promise<CollectedSpan> {
    let found: CollectedSpan | undefined;
    await until(() => (found = this.spans.find(isIt)) !== undefined, { timeoutMs: 30_000, what, everyMs: 20 });
    if (found === undefined) throw new Error(`${what}: found and lost`);
    return found;
  }

  stop(): Promise<void> {
    return this.receiver.stop();
  }
}
