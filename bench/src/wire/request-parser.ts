const HEAD_END = Buffer.from('\r\n\r\n');
const HEAD_LIMIT = 16_384;
const BODY_LIMIT = 16 * 1_048_576;

/** `bytes` from `bodyStart` to `bodyEnd` are the body; they are valid until the next chunk is given. */
export interface ParsedRequest {
  readonly path: string;
  readonly bytes: Buffer;
  readonly bodyStart: number;
  readonly bodyEnd: number;
}

/**
 * As much of HTTP/1.1 as a receiver under load needs: requests with a content-length, however they are cut into
 * chunks and however many arrive in one. It reads a head once and looks for two things in it.
 */
export class RequestParser {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  /** Of a request whose body is still coming. */
  #head: { readonly path: string; readonly length: number } | undefined;

  push(chunk: Buffer): void {
    this.#bytes = this.#at === this.#bytes.length ? chunk : Buffer.concat([this.#bytes.subarray(this.#at), chunk]);
    this.#at = 0;
  }

  /** The next whole request; undefined until more arrives. Throws at what it cannot read. */
  next(): ParsedRequest | undefined {
    const head = this.#head ?? this.#readHead();
    if (head === undefined) return undefined;
    const bodyEnd = this.#at + head.length;
    if (bodyEnd > this.#bytes.length) {
      this.#head = head;
      return undefined;
    }
    const bodyStart = this.#at;
    this.#at = bodyEnd;
    this.#head = undefined;
    return { path: head.path, bytes: this.#bytes, bodyStart, bodyEnd };
  }

  #readHead(): { readonly path: string; readonly length: number } | undefined {
    if (this.#at === this.#bytes.length) return undefined;
    const end = this.#bytes.indexOf(HEAD_END, this.#at);
    if ((end === -1 ? this.#bytes.length : end) - this.#at > HEAD_LIMIT) throw new Error('the head is too long');
    if (end === -1) return undefined;
    const text = this.#bytes.toString('latin1', this.#at, end);
    this.#at = end + HEAD_END.length;
    const pathStart = text.indexOf(' ') + 1;
    return { path: text.slice(pathStart, text.indexOf(' ', pathStart)), length: contentLength(text) };
  }
}

function contentLength(head: string): number {
  const exact = head.indexOf('\r\ncontent-length: ');
  const found = exact === -1 ? /\r\ncontent-length:[ \t]*(\d+)/i.exec(head)?.[1] : undefined;
  if (exact === -1 && found === undefined) {
    if (/\r\ntransfer-encoding:/i.test(head)) throw new Error('chunked requests are not understood here');
    return 0;
  }
  const length = Number(found ?? Number.parseInt(head.slice(exact + 18, exact + 30), 10));
  if (!(length >= 0 && length <= BODY_LIMIT)) throw new Error('the body is too long');
  return length;
}
