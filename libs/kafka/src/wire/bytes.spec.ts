import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BytesReader } from './bytes-reader.js';
import { BytesWriter, textSize, varintSize } from './bytes-writer.js';

const int = (bits: number): fc.Arbitrary<number> => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
const text = fc.string({ maxLength: 200, unit: 'grapheme' });
const part = fc.oneof(
  fc.record({ kind: fc.constant('int8' as const), value: int(8) }),
  fc.record({ kind: fc.constant('int16' as const), value: int(16) }),
  fc.record({ kind: fc.constant('int32' as const), value: int(32) }),
  fc.record({ kind: fc.constant('int64' as const), value: int(54) }),
  fc.record({ kind: fc.constant('varint' as const), value: int(32) }),
  fc.record({ kind: fc.constant('text' as const), value: text }),
  fc.record({ kind: fc.constant('nullableText' as const), value: fc.option(text) }),
  fc.record({
    kind: fc.constant('blob' as const),
    value: fc.uint8Array({ maxLength: 900 }).map((b) => Buffer.from(b)),
  }),
);

function write(into: BytesWriter, { kind, value }: typeof part extends fc.Arbitrary<infer P> ? P : never): void {
  switch (kind) {
    case 'text':
      into.text(value);
      return;
    case 'nullableText':
      into.nullableText(value);
      return;
    case 'blob':
      into.blob(value);
      return;
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'varint':
      into[kind](value);
      return;
  }
}

describe('primitive types', () => {
  it('come back as they were written, also where the buffer had to grow', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), fc.integer({ min: 1, max: 64 }), (parts, capacity) => {
        const into = new BytesWriter(capacity);
        for (const each of parts) write(into, each);
        const from = new BytesReader(into.written());
        for (const { kind, value } of parts) expect(from[kind]()).toEqual(value);
        expect(from.at).toBe(into.length);
      }),
    );
  });

  it('have the size that is told of them', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80, unit: 'binary' }), int(32), (value, number) => {
        expect(textSize(value)).toBe(Buffer.byteLength(value));
        const into = new BytesWriter();
        into.varint(number);
        expect(varintSize(number)).toBe(into.length);
      }),
    );
  });

  it('never read past the end', () => {
    const from = new BytesReader(Buffer.from([0x7f, 0xff, 0xff, 0xff]));
    expect(() => from.list((each) => each.int8())).toThrow(expect.objectContaining({ code: 'kafka_protocol_broken' }));
    expect(() => new BytesReader(Buffer.alloc(3)).int32()).toThrow();
    expect(() => new BytesReader(Buffer.alloc(20, 0xff)).varint()).toThrow();
  });
});
