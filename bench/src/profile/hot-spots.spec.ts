import { describe, expect, it } from '@jest/globals';
import { hotSpots, type ProfileNode } from './hot-spots.js';

const node = (id: number, functionName: string, url = ''): ProfileNode => ({
  id,
  callFrame: { functionName, url, lineNumber: id, columnNumber: 0 },
});

const profile = {
  nodes: [
    node(1, '(idle)'),
    node(2, '(garbage collector)'),
    node(3, 'encode', 'file:///x/node_modules/kafkajs/src/encoder.js'),
    node(4, 'pump', 'file:///x/apps/dispatcher/src/dispatcher.ts'),
    node(5, 'boot', 'file:///x/apps/dispatcher/src/main.ts'),
  ],
  startTime: 1_000,
  samples: [5, 1, 3, 4, 2, 5],
  timeDeltas: [0, 100, 400, 300, 200, 100],
};

describe('hotSpots', () => {
  it('tells shares of the busy time within the windows alone', () => {
    const found = hotSpots(profile, [{ fromMicros: 1_050, toMicros: 2_050 }], ({ id }) => `line ${String(id)}`);
    expect(found.busy).toBeCloseTo(0.6);
    expect(found.functions).toEqual([
      { name: 'encode line 3', share: 0.5 },
      { name: 'pump line 4', share: 2 / 6 },
      { name: '(garbage collector)', share: 1 / 6 },
    ]);
    expect(found.packages.map(({ name }) => name)).toEqual(['kafkajs', 'apps/dispatcher', '(garbage collector)']);
  });
});
