import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  derivedSpanId,
  derivedTraceId,
  isSampledCarrier,
  newSpanId,
  newTraceId,
  readTraceContext,
  traceCarrier,
} from './trace-context.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const parent = `00-${traceId}-${spanId}-01`;

describe('readTraceContext', () => {
  it.each([
    ['recorded', parent, { traceId, spanId, isSampled: true }],
    ['not recorded', `00-${traceId}-${spanId}-00`, { traceId, spanId, isSampled: false }],
    ['flags of a later level', `00-${traceId}-${spanId}-ff`, { traceId, spanId, isSampled: true }],
    ['a later version with more', `cc-${traceId}-${spanId}-01-what-comes`, { traceId, spanId, isSampled: true }],
  ])('%s', (_, traceparent, context) => {
    expect(readTraceContext(traceparent)).toEqual(context);
  });

  it.each([
    ['absent', undefined],
    ['empty', ''],
    ['upper case', parent.toUpperCase()],
    ['no trace', `00-${'0'.repeat(32)}-${spanId}-01`],
    ['no span', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['the version that never will be', `ff-${traceId}-${spanId}-01`],
    ['more than its version has', `${parent}-x`],
    ['a later version without a dash', `cc-${traceId}-${spanId}-01x`],
    ['a trace too short', `00-${traceId.slice(1)}-${spanId}-01`],
    ['two at once', `${parent}, ${parent}`],
    ['a line break', `${parent}\n`],
    ['a kilobyte', `cc-${traceId}-${spanId}-01-${'x'.repeat(1_000)}`],
  ])('is none: %s', (_, traceparent) => {
    expect(readTraceContext(traceparent, 'a=1')).toBeUndefined();
  });

  it.each([
    ['one', 'vendor=1', 'vendor=1'],
    ['spaces and empty members', ' a=1 ,, b@c=2 ', 'a=1,b@c=2'],
    ['a thousand members', Array.from({ length: 1_000 }, () => 'k=v').join(','), undefined],
    ['33 members', Array.from({ length: 33 }, (__, index) => `k${String(index)}=v`).join(','), undefined],
    ['too long', ['a', 'b', 'c'].map((key) => `${key}=${'v'.repeat(200)}`).join(','), undefined],
    ['a value too long', `k=${'v'.repeat(257)}`, undefined],
    ['no list', 'nothing', undefined],
    ['bytes beyond ASCII', 'k=ä', undefined],
    ['a line break', 'k=a\r\nx-injected: 1', undefined],
  ])('tracestate, %s', (_, tracestate, state) => {
    expect(readTraceContext(parent, tracestate)?.state).toBe(state);
    expect(readTraceContext(parent, tracestate)).toMatchObject({ traceId, spanId });
  });

  it('reads what it wrote, and whatever it reads is safe to write', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (traceparent, tracestate) => {
        const read = readTraceContext(traceparent, tracestate) ?? readTraceContext(parent, tracestate);
        if (read === undefined) throw new Error('the second is one');
        const { traceparent: written, tracestate: state } = traceCarrier(read);
        expect(readTraceContext(written, state)).toEqual(read);
        expect(`${written}${state ?? ''}`).toMatch(/^[\x20-\x7e]*$/);
      }),
    );
  });
});

describe('ids', () => {
  it('are of the length that the specification asks for, new ones and derived ones', () => {
    for (const id of [newTraceId(), derivedTraceId('msg_1')]) expect(id).toMatch(/^[0-9a-f]{32}$/);
    for (const id of [newSpanId(), derivedSpanId('send', 'msg_1')]) expect(id).toMatch(/^[0-9a-f]{16}$/);
  });

  it('that are derived are the same in every process, and of other things others', () => {
    expect(derivedSpanId('send', 'msg_1')).toBe(derivedSpanId('send', 'msg_1'));
    expect(derivedSpanId('send', 'msg_1')).not.toBe(derivedSpanId('process', 'msg_1'));
  });

  it('a carrier says whether its trace is recorded', () => {
    expect(isSampledCarrier({ traceparent: parent })).toBe(true);
    expect(isSampledCarrier({ traceparent: `00-${traceId}-${spanId}-00` })).toBe(false);
    expect(isSampledCarrier(undefined)).toBe(false);
  });
});
