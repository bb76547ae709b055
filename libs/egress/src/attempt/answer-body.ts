import { StringDecoder } from 'node:string_decoder';

/** The first bytes of an answer; what lies beyond them is dropped as it comes in. */
export class AnswerBody {
  private readonly chunks: Buffer[] = [];
  private kept = 0;
  private cut = false;

  constructor(private readonly keepBytes: number) {}

  add(chunk: Buffer): void {
    const room = this.keepBytes - this.kept;
    if (chunk.length > room) this.cut = true;
    if (room <= 0) return;
    // A copy of its own: the chunk is a window on a buffer that may be much larger.
    const part = Buffer.from(chunk.subarray(0, room));
    this.chunks.push(part);
    this.kept += part.length;
  }

  /** As UTF-8, without a character that the cap cut in two. */
  text(): string {
    if (this.kept === 0) return '';
    const bytes =
      this.chunks.length === 1 && this.chunks[0] !== undefined ? this.chunks[0] : Buffer.concat(this.chunks);
    return this.cut ? new StringDecoder('utf8').write(bytes) : bytes.toString('utf8');
  }
}
