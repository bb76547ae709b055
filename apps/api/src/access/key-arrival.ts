import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { ApiKeyId } from '@signpost/domain';
import { ControlDirectory } from '@signpost/runtime';

const WAIT_MS = 2_000;
const POLL_MS = 10;

/**
 * Keys are checked against `control`, which hears of a change a moment after it is made: who is told that a key was made
 * or revoked is told so once this process acts on it, unless Kafka is slow.
 */
@Injectable()
export class KeyArrival {
  constructor(private readonly control: ControlDirectory) {}

  known(id: ApiKeyId): Promise<void> {
    return this.until(() => this.control.view.hasApiKey(id));
  }

  gone(id: ApiKeyId): Promise<void> {
    return this.until(() => !this.control.view.hasApiKey(id));
  }

  private async until(condition: () => boolean): Promise<void> {
    const until = performance.now() + WAIT_MS;
    while (!condition() && performance.now() < until) await wait(POLL_MS);
  }
}
