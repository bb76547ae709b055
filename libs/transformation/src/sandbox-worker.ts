// A thread of its own, started as it stands: it imports packages and types, and no file of ours.
import { parentPort, workerData } from 'node:worker_threads';
import variant from '@jitl/quickjs-wasmfile-release-sync';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  Scope,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSSyncVariant,
  type QuickJSWASMModule,
} from 'quickjs-emscripten-core';
import type { TransformationFault, TransformationFaultCode } from '@signpost/domain';
import type { SandboxAnswer, SandboxJob, SandboxLimits, SandboxMessage } from './sandbox-job.js';

type Result = SandboxAnswer['result'];

const { limits, prelude } = workerData as { readonly limits: SandboxLimits; readonly prelude: string };
const STACK_BYTES = 262_144;
const MIB = 1_048_576;
const MOST_LINES = 100;
const LONGEST_JSON = 8;
/** Characters of all that handler returned but its payload; no request that can be sent has as many. */
const LONGEST_HEAD = 65_536;
const PAGE = 65_536;
/** What the engine is built to begin with. */
const LEAST_PAGES = 256;
const FILE = 'transformation.js';

// Its types are those of a CommonJS module.
const SYNCHRONOUS = variant as unknown as QuickJSSyncVariant;

// The types of WebAssembly come with a browser's.
declare const WebAssembly: {
  readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => object;
};

/**
 * The engine's whole memory is what is capped: compiled to WebAssembly, its own limit counts allocations and not how
 * large they are.
 */
function load(): Promise<QuickJSWASMModule> {
  const maximum = Math.max(LEAST_PAGES, Math.floor(limits.memoryBytes / PAGE));
  const wasmMemory = new WebAssembly.Memory({ initial: LEAST_PAGES, maximum });
  return newQuickJSWASMModuleFromVariant(newVariant(SYNCHRONOUS, { wasmMemory }));
}

/** The engine reads the time, the zone and its first random number from here: the same for each try of a message. */
function standStill(atMs: number): void {
  Date.now = () => atMs;
}
for (const part of ['FullYear', 'Month', 'Date', 'Day', 'Hours', 'Minutes', 'Seconds', 'Milliseconds'] as const) {
  Object.defineProperty(Date.prototype, `get${part}`, {
    value: Object.getOwnPropertyDescriptor(Date.prototype, `getUTC${part}`)?.value as unknown,
  });
}
Date.prototype.getTimezoneOffset = () => 0;

/** One run in an engine's runtime of its own: nothing of it is left for the next. */
class Run {
  readonly console: string[] = [];
  /** The engine is in no known state any more. */
  isBroken = false;
  memoryBytes: number | undefined;
  private readonly begun = process.threadCpuUsage();
  private isLate = false;
  private readonly engine: QuickJSWASMModule;
  private readonly job: SandboxJob;

  constructor(engine: QuickJSWASMModule, job: SandboxJob) {
    this.engine = engine;
    this.job = job;
  }

  get cpuMs(): number {
    const { user, system } = process.threadCpuUsage(this.begun);
    return (user + system) / 1_000;
  }

  result(): Result {
    let result: Result | undefined;
    try {
      Scope.withScope((scope) => {
        const runtime = scope.manage(this.engine.newRuntime());
        runtime.setMaxStackSize(STACK_BYTES);
        runtime.setInterruptHandler(() => (this.isLate ||= this.cpuMs > limits.cpuMs));
        const context = scope.manage(runtime.newContext());
        result = this.evaluate(scope, context);
      });
    } catch (error) {
      // What the engine itself cannot bear: recursion in its own code, or what it left behind when it was stopped.
      this.isBroken = true;
      result ??= error instanceof RangeError ? fault('too-deep', TOO_DEEP) : fault('crashed', CRASHED);
    }
    return result ?? fault('crashed', CRASHED);
  }

  private evaluate(scope: Scope, context: QuickJSContext): Result {
    const tools = this.tools(scope, context);
    const describe = scope.manage(context.getProp(tools, 'describe'));
    const failed = (error: QuickJSHandle): Result => this.fault(scope, context, scope.manage(error), describe);
    const loaded = context.evalCode(this.job.code, FILE, { type: 'global' });
    if (loaded.error !== undefined) return failed(loaded.error);
    loaded.value.dispose();
    // A const is no property of the global object, and a handler all the same.
    const found = context.evalCode(`typeof handler === 'function' ? handler : undefined`, 'signpost.js');
    if (found.error !== undefined) return failed(found.error);
    const handler = scope.manage(found.value);
    if (context.typeof(handler) !== 'function') return fault('no-handler', NO_HANDLER);
    const { input } = this.job;
    if (input === undefined) return { kind: 'ready' };
    const { url, eventType, payload } = input;
    const text = new TextDecoder().decode(payload);
    const given = [
      handler,
      scope.manage(context.newString(JSON.stringify({ method: 'POST', url, eventType, headers: {} }))),
      scope.manage(context.newString(text)),
      scope.manage(context.newNumber(limits.bodyBytes)),
    ];
    const invoke = scope.manage(context.getProp(tools, 'invoke'));
    const made = context.callFunction(invoke, context.undefined, ...given);
    if (made.error !== undefined) return failed(made.error);
    return said(context, scope.manage(made.value));
  }

  /** The engine asks meanwhile whether to go on. */
  private wasStopped(): boolean {
    return this.isLate;
  }

  private tools(scope: Scope, context: QuickJSContext): QuickJSHandle {
    const write = this.job.observed
      ? scope.manage(
          context.newFunction('write', (line) => {
            if (this.console.length < MOST_LINES) this.console.push(context.getString(line));
          }),
        )
      : context.undefined;
    // While what handler returned is still there.
    const measure = this.job.observed
      ? scope.manage(
          context.newFunction('measure', () => {
            const usage = context.runtime.computeMemoryUsage();
            const used = context.getProp(usage, 'memory_used_size');
            this.memoryBytes = context.getNumber(used);
            used.dispose();
            usage.dispose();
          }),
        )
      : context.undefined;
    const make = scope.manage(context.unwrapResult(context.evalCode(prelude, 'signpost.js')));
    return scope.manage(context.unwrapResult(context.callFunction(make, context.undefined, write, measure)));
  }

  private fault(scope: Scope, context: QuickJSContext, error: QuickJSHandle, describe: QuickJSHandle): Result {
    if (this.wasStopped()) return fault('timeout', TIMEOUT);
    const described = context.callFunction(describe, context.undefined, error);
    if (described.error !== undefined) {
      described.error.dispose();
      return this.wasStopped() ? fault('timeout', TIMEOUT) : fault('memory', MEMORY);
    }
    const value = scope.manage(described.value);
    const [text = '', stack = ''] = context
      .getString(value)
      .split('\n')
      .map((part) => JSON.parse(part) as string);
    const line = Number(new RegExp(`${FILE.replace('.', '\\.')}:(\\d+)`).exec(stack)?.[1] ?? Number.NaN);
    const where = Number.isNaN(line) ? {} : { line };
    if (text === '(nothing)') return fault('memory', `${MEMORY} (Or it threw null, which looks the same.)`);
    if (text === 'InternalError: out of memory') return { ...fault('memory', MEMORY), ...where };
    if (/^(?:Internal|Syntax|Range)Error: stack overflow$/.test(text))
      return { ...fault('too-deep', TOO_DEEP), ...where };
    const at = Number.isNaN(line) ? '' : ` (line ${String(line)})`;
    if (text.startsWith('SyntaxError: ') && !stack.includes(' handler ')) {
      return { ...fault('syntax', `The code cannot be run: ${text}${at}.`), ...where };
    }
    return { ...fault('threw', `The code threw ${text}${at}.`), ...where };
  }
}

function said(context: QuickJSContext, value: QuickJSHandle): Result {
  if (context.typeof(value) !== 'string') return fault('returned', NO_JSON);
  const json = context.getString(value);
  if (json.startsWith('{"unreadable":')) return fault('payload', NO_PAYLOAD);
  const size = /^\{"size":(\d+)\}$/.exec(json)?.[1];
  if (size !== undefined || json.length > LONGEST_JSON * limits.bodyBytes) return fault('too-large', tooLarge(size));
  return headAndBody(parsed(json));
}

/** Here and not on the event loop: what handler returned may be much, and of very many parts. */
function headAndBody(returned: Readonly<Record<string, unknown>>): Result {
  const { body, ...rest } = returned;
  const isText = typeof body === 'string';
  if (isText && body.length > limits.bodyBytes) return fault('too-large', tooLarge(String(body.length)));
  const json = JSON.stringify(rest);
  if (json.length > LONGEST_HEAD) return fault('returned', longHead(json.length));
  return { kind: 'returned', json, ...(isText ? { body } : {}) };
}

/** The sandbox says it in JSON, unless the code has seen to it that it cannot. */
function parsed(json: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? { ...value } : { instead: typeof value };
  } catch {
    return { instead: 'what cannot be read' };
  }
}

const TIMEOUT = `The code ran for more than ${String(limits.cpuMs)} ms and was stopped. Look for a loop that does not end, or make it do less.`;
const MEMORY = `The code used more than the ${String(Math.round(limits.memoryBytes / MIB))} MiB of memory that a transformation may.`;
const TOO_DEEP = 'The code went too deep: a function that calls itself without an end, or data nested too deeply.';
const NO_HANDLER =
  'The code declares no function called handler: write function handler(webhook) { …; return webhook; }.';
const NO_JSON = 'handler returned what cannot be sent. It is nothing that JSON can hold.';
const NO_PAYLOAD = "The message's payload is no JSON, so that no transformation can be given it.";
const CRASHED = 'The sandbox failed, which is not the fault of the code. The attempt is repeated by the schedule.';
const longHead = (length: number): string =>
  `handler returned what cannot be sent. What it has beside the payload (url, headers) is of ${String(length)} characters: ${String(LONGEST_HEAD)} at most are read.`;
const tooLarge = (size: string | undefined): string =>
  `handler returned ${size === undefined ? 'too much' : `an answer of ${size} characters`}: ${String(limits.bodyBytes)} bytes at most can be sent.`;

function fault(code: TransformationFaultCode, message: string): TransformationFault {
  return { kind: 'fault', code, message };
}

let engine = load();

async function work(job: SandboxJob): Promise<SandboxAnswer> {
  const module = await engine;
  standStill(job.atMs);
  const run = new Run(module, job);
  const result = run.result();
  const { console, cpuMs, memoryBytes } = run;
  if (run.isBroken || (result.kind === 'fault' && result.code === 'memory')) engine = load();
  return { result, console, cpuMs, ...(memoryBytes === undefined ? {} : { memoryBytes }) };
}

function say(message: SandboxMessage): void {
  parentPort?.postMessage(message);
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

parentPort?.on('message', (job: SandboxJob) => {
  void work(job).then((answer) => say({ kind: 'answer', answer, threadMs: threadMs() }));
});
await engine;
say({ kind: 'started', threadMs: threadMs() });
