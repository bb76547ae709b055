import type { Screen } from '../surroundings.js';
import { shownDuration } from './durations.js';
import { shortened } from './width.js';

const REDRAW_MS = 100;
const BAR = 24;
const USUAL_COLUMNS = 80;

export interface ProgressState {
  readonly done: number;
  /** Undefined as long as nobody knows. */
  readonly total?: number | undefined;
  /** Milliseconds until it is done, as far as somebody knows. */
  readonly leftMs?: number | undefined;
  /** Beside the bar. */
  readonly note?: string;
}

/** One line that draws itself anew on a terminal's standard error; anywhere else it draws nothing. */
export class ProgressBar {
  private drawnAtMs = -Infinity;
  private isDrawn = false;

  constructor(
    private readonly screen: Screen,
    private readonly what: string,
    private readonly isOn: boolean,
  ) {}

  show(state: ProgressState): void {
    const nowMs = performance.now();
    if (!this.isOn || (nowMs - this.drawnAtMs < REDRAW_MS && state.done !== state.total)) return;
    this.drawnAtMs = nowMs;
    this.isDrawn = true;
    const line = shortened(progressLine(this.what, state), (this.screen.columns ?? USUAL_COLUMNS) - 1);
    this.screen.write(`\r\x1b[2K${line}`);
  }

  /** Takes the line away, so that what is printed next begins at the left. */
  clear(): void {
    if (!this.isDrawn) return;
    this.isDrawn = false;
    this.drawnAtMs = -Infinity;
    this.screen.write('\r\x1b[2K');
  }
}

export function progressLine(what: string, { done, total, leftMs, note }: ProgressState): string {
  const beside = note === undefined ? '' : `  ${note}`;
  if (total === undefined) return `${what}  ${done.toLocaleString('en')}${beside}`;
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const full = Math.floor(share * BAR);
  const bar = '█'.repeat(full) + '░'.repeat(BAR - full);
  const percent = `${String(Math.floor(share * 100)).padStart(3)} %`;
  const left = leftMs === undefined || share === 1 ? '' : `  ${shownDuration(leftMs)} left`;
  return `${what}  ${bar} ${percent}  ${done.toLocaleString('en')} of ${total.toLocaleString('en')}${left}${beside}`;
}

/** Milliseconds until the rest is done, if it goes on as it went so far. */
export function timeLeft(done: number, total: number, elapsedMs: number): number | undefined {
  return done === 0 ? undefined : (elapsedMs / done) * Math.max(0, total - done);
}
