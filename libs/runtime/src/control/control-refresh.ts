import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Log } from '@signpost/observability';
import { ControlDirectory } from './control-directory.js';

const SHORTEST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 4_000;

/**
 * Reads `control` to its end for everybody who asks meanwhile: one reading at a time serves them all, however many
 * records name something that is not known yet.
 */
@Injectable()
export class ControlRefresh {
  private running: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;

  constructor(
    private readonly control: ControlDirectory,
    private readonly log: Log,
  ) {}

  /** Resolves once the view holds all that the topic held at the call; tries until Kafka answers. */
  refresh(): Promise<void> {
    // A reading that has begun may have missed what the caller saw: they wait for the one after it.
    this.next ??= this.running.then(() => {
      this.next = undefined;
      this.running = this.read();
      return this.running;
    });
    return this.next;
  }

  private async read(): Promise<void> {
    for (let pauseMs = SHORTEST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        await this.control.refresh();
        return;
      } catch (error) {
        this.log.warn('the control topic could not be read to its end; trying again', { err: error });
        await wait(pauseMs, undefined, { ref: false });
      }
    }
  }
}
