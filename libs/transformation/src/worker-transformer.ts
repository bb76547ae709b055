import { judgeReturned, type Returned, type TransformationFault, type TransformationOutcome } from '@signpost/domain';
import { Transformer, type ObservedRun, type TransformationRun } from '@signpost/ports';
import type { SandboxAnswer } from './sandbox-job.js';
import { SandboxPool } from './sandbox-pool.js';
import type { TransformationConfig } from './transformation.config.js';

/** QuickJS in threads of its own. */
export class WorkerTransformer extends Transformer {
  private readonly pool: SandboxPool;

  constructor(config: TransformationConfig) {
    super();
    this.pool = new SandboxPool(config);
  }

  override async run(run: TransformationRun): Promise<TransformationOutcome> {
    return outcomeOf(await this.answer(run, false), run.input.url);
  }

  override async observe(run: TransformationRun): Promise<ObservedRun> {
    const answer = await this.answer(run, true);
    const { cpuMs, memoryBytes, console } = answer;
    const outcome = outcomeOf(answer, run.input.url);
    return { outcome, console, cpuMs, ...(memoryBytes === undefined ? {} : { memoryBytes }) };
  }

  override async check({
    applicationId,
    code,
  }: Pick<TransformationRun, 'applicationId' | 'code'>): Promise<TransformationFault | undefined> {
    const { result } = await this.pool.run(applicationId, { code, atMs: 0, observed: false });
    return result.kind === 'fault' ? result : undefined;
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private answer({ applicationId, code, input }: TransformationRun, observed: boolean): Promise<SandboxAnswer> {
    const { url, eventType, payload, atMs } = input;
    return this.pool.run(applicationId, { code, input: { url, eventType, payload }, atMs, observed });
  }
}

function outcomeOf({ result }: SandboxAnswer, url: string): TransformationOutcome {
  switch (result.kind) {
    case 'fault':
      return result;
    case 'returned':
      return judgeReturned(readReturned(result), url);
    case 'ready':
      return { kind: 'fault', code: 'crashed', message: 'The sandbox answered what it was not asked.' };
  }
}

/** Written by the worker, from what it has read itself. */
function readReturned({ json, body }: Extract<SandboxAnswer['result'], { readonly kind: 'returned' }>): Returned {
  return { ...(JSON.parse(json) as Returned), ...(body === undefined ? {} : { body }) };
}
