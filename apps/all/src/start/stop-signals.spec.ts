import { EventEmitter } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import { StopSignals } from './stop-signals.js';

function watched(): { readonly source: EventEmitter; readonly seen: string[] } {
  const source = new EventEmitter();
  const signals = new StopSignals(source);
  const seen: string[] = [];
  void signals.requested.then(() => seen.push('requested'));
  void signals.hurried.then(() => seen.push('hurried'));
  return { source, seen };
}

describe('StopSignals', () => {
  it('takes a signal that comes twice at once for one press', async () => {
    const { source, seen } = watched();
    source.emit('SIGINT');
    source.emit('SIGINT');
    await turn();
    expect(seen).toEqual(['requested']);
  });

  it('hurries when somebody presses again', async () => {
    const { source, seen } = watched();
    const clock = jest.spyOn(performance, 'now').mockReturnValue(1_000);
    source.emit('SIGINT');
    clock.mockReturnValue(3_000);
    source.emit('SIGTERM');
    await turn();
    clock.mockRestore();
    expect(seen).toEqual(['requested', 'hurried']);
  });
});
