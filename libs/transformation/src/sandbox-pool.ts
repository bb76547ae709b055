import { Worker } from 'node:worker_threads';
import { LARGEST_MADE_BODY } from '@signpost/domain';
import { FairQueue } from './fair-queue.js';
import { PRELUDE } from './sandbox-prelude.js';
import type { SandboxAnswer, SandboxJob, SandboxLimits, SandboxMessage } from './sandbox-job.js';
import type { TransformationConfig } from './transformation.config.js';

/** A built-in function of the engine may run on without looking at its bounds: its thread is ended then. */
const OVERRUN = 10;
const LEAST_OVERRUN_MS = 1_000;
/** How often that is looked at, and how long a thread may take to say how much it has used. */
const WATCH_MS = 1_000;
const SILENT_MS = 10_000;
const HEAP_MIB = 64;
const STACK_MIB = 4;

const WORKER = new URL('./sandbox-worker.ts', import.meta.url);

interface Waiting {
  readonly owner: string;
  readonly job: SandboxJob;
  readonly answer: (answer: SandboxAnswer) => void;
}

/** A thread, and what it is doing. */
interface Seat {
  readonly worker: Worker;
  isStarted: boolean;
  work: (Waiting & { readonly sinceMs: number }) | undefined;
  /** Processor time that it had used before this work. */
  threadMs: number;
  watchdog: NodeJS.Timeout | undefined;
}

/** Threads that run one job each at a time, shared by owners. One that fails, or is ended, is replaced by a new one. */
export class SandboxPool {
  private readonly seats = new Set<Seat>();
  private readonly queue: FairQueue<Waiting>;
  private closed = false;

  constructor(private readonly config: TransformationConfig) {
    // One owner alone never has all of them.
    this.queue = new FairQueue(Math.max(1, Math.floor(config.workers / 2)));
  }

  /** Never rejects, and after close() never resolves. */
  run(owner: string, job: SandboxJob): Promise<SandboxAnswer> {
    return new Promise((answer) => {
      this.queue.push(owner, { owner, job, answer });
      this.pump();
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.seats].map((seat) => this.end(seat)));
  }

  private pump(): void {
    while (!this.closed) {
      const idle = [...this.seats].find(({ work }) => work === undefined);
      if (idle === undefined && this.seats.size >= this.config.workers) return;
      const next = this.queue.take();
      if (next === undefined) return;
      this.give(idle ?? this.start(), next);
    }
  }

  private give(seat: Seat, waiting: Waiting): void {
    seat.work = { ...waiting, sinceMs: performance.now() };
    if (seat.isStarted) this.post(seat);
  }

  private post(seat: Seat): void {
    if (seat.work === undefined) return;
    this.watch(seat, seat.work);
    seat.worker.postMessage(seat.work.job);
  }

  private watch(seat: Seat, work: Waiting): void {
    seat.watchdog = setTimeout(() => void this.look(seat, work), WATCH_MS).unref();
  }

  /** By what its thread has used, and not by the clock: on a busy machine a thread may have got nothing yet. */
  private async look(seat: Seat, work: Waiting): Promise<void> {
    const usedMs = await usedBy(seat.worker);
    if (seat.work !== work) return;
    if (usedMs !== undefined && usedMs - seat.threadMs < Math.max(LEAST_OVERRUN_MS, this.config.cpuMs * OVERRUN)) {
      this.watch(seat, work);
      return;
    }
    void this.end(seat);
    this.settle(seat, fault('timeout', TOO_LONG));
  }

  private start(): Seat {
    const { cpuMs, memoryBytes } = this.config;
    const limits: SandboxLimits = { cpuMs, memoryBytes, bodyBytes: LARGEST_MADE_BODY };
    const worker = new Worker(WORKER, {
      workerData: { limits, prelude: PRELUDE },
      // Nothing of this process's environment and settings is a sandbox's business.
      env: {},
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB, stackSizeMb: STACK_MIB },
    });
    worker.unref();
    worker.stdout.resume();
    worker.stderr.resume();
    const seat: Seat = { worker, isStarted: false, work: undefined, threadMs: 0, watchdog: undefined };
    this.seats.add(seat);
    worker.on('message', (message: SandboxMessage) => {
      seat.threadMs = message.threadMs;
      if (message.kind === 'answer') {
        this.settle(seat, message.answer);
        return;
      }
      seat.isStarted = true;
      this.post(seat);
    });
    worker.on('error', (error) => this.lost(seat, error));
    worker.on('exit', () => this.lost(seat, undefined));
    return seat;
  }

  private lost(seat: Seat, error: unknown): void {
    this.seats.delete(seat);
    const ranOut = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    this.settle(seat, ranOut ? fault('memory', TOO_MUCH) : fault('crashed', CRASHED));
  }

  private settle(seat: Seat, answer: SandboxAnswer): void {
    clearTimeout(seat.watchdog);
    const { work } = seat;
    if (work === undefined) return;
    seat.work = undefined;
    this.queue.finished(work.owner, performance.now() - work.sinceMs);
    if (!this.closed) work.answer(answer);
    this.pump();
  }

  private async end(seat: Seat): Promise<void> {
    this.seats.delete(seat);
    clearTimeout(seat.watchdog);
    await seat.worker.terminate();
  }
}

/** Undefined: it does not say. */
async function usedBy(worker: Worker): Promise<number | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const silent = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), SILENT_MS).unref();
  });
  const used = worker.cpuUsage().then(
    ({ user, system }) => (user + system) / 1_000,
    () => undefined,
  );
  const usedMs = await Promise.race([used, silent]);
  clearTimeout(timer);
  return usedMs;
}

const TOO_LONG =
  'The code ran for too long inside one function of the engine and was ended. Make it do less: a transformation is for reshaping one message.';
const TOO_MUCH = 'The code used more memory than a transformation may.';
const CRASHED = 'The sandbox failed, which is not the fault of the code. The attempt is repeated by the schedule.';

function fault(code: 'timeout' | 'memory' | 'crashed', message: string): SandboxAnswer {
  return { result: { kind: 'fault', code, message }, console: [], cpuMs: 0 };
}
