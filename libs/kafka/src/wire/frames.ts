import { ProtocolError } from './errors.js';

const SIZE_BYTES = 4;
/** No answer is larger: a source topic's records may be, and a broker that claims more is none. */
const MOST_BYTES = 128 * 1_048_576;

/** Cuts the answers out of the stream, each behind its size. What lies whole in one chunk is not copied. */
export class Frames {
  private head: Buffer = Buffer.alloc(0);
  private body: Buffer | undefined;
  private filled = 0;

  /** @throws ProtocolError when a size makes no sense */
  push(chunk: Buffer, onFrame: (frame: Buffer) => void): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.body !== undefined) {
        const taken = chunk.copy(this.body, this.filled, at);
        at += taken;
        this.filled += taken;
        if (this.filled < this.body.length) return;
        const frame = this.body;
        this.body = undefined;
        onFrame(frame);
        continue;
      }
      const rest: Buffer = this.head.length === 0 ? chunk.subarray(at) : Buffer.concat([this.head, chunk.subarray(at)]);
      if (rest.length < SIZE_BYTES) {
        this.head = Buffer.from(rest);
        return;
      }
      const size = rest.readInt32BE(0);
      if (size < SIZE_BYTES || size > MOST_BYTES) throw new ProtocolError('an answer has an impossible size', { size });
      at += SIZE_BYTES - this.head.length;
      this.head = Buffer.alloc(0);
      if (chunk.length - at >= size) {
        at += size;
        onFrame(chunk.subarray(at - size, at));
      } else {
        this.body = Buffer.allocUnsafeSlow(size);
        this.filled = 0;
      }
    }
  }
}
