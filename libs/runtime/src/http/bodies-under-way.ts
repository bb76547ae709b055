import type { IncomingHttpHeaders } from 'node:http';

/** Bytes of all bodies that are being read or worked on, so that more callers than there is room for cost no memory. */
export class BodiesUnderWay {
  private bytes = 0;

  constructor(private readonly most: number) {}

  /** False: there is no room now. One body has room however large, when it is alone. */
  take(bytes: number): boolean {
    if (this.bytes > 0 && this.bytes + bytes > this.most) return false;
    this.bytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.bytes -= bytes;
  }
}

/** What a request's body may come to before it is read; `most`: what no body may exceed, for one that does not say. */
export function announcedBytes(headers: IncomingHttpHeaders, most: number): number {
  const length = headers['content-length'];
  if (length !== undefined) return Math.min(Number(length), most);
  return headers['transfer-encoding'] === undefined ? 0 : most;
}
