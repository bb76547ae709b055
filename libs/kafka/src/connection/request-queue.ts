import { createRequire } from 'node:module';

/** As much of kafkajs' queue of requests, one for each connection, as is changed here. */
export interface RequestQueue {
  readonly pending: readonly unknown[];
  /** Milliseconds since 1970; -1 when the broker asks for no pause. */
  readonly throttledUntil: number;
  scheduleCheckPendingRequests: (this: RequestQueue) => void;
}

const load = createRequire(import.meta.url);

/** kafkajs 2.2.4 does not export it; its version is pinned, and the spec says when it has changed. */
export const RequestQueue = load('kafkajs/src/network/requestQueue/index.js') as {
  readonly prototype: RequestQueue;
  new (options: object): RequestQueue;
};

const { scheduleCheckPendingRequests: scheduleAsBefore } = RequestQueue.prototype;

/**
 * kafkajs looks whether a request still waits, on every connection and for ever, by a timer whose time has always
 * passed already: a thousand times a second on current Node. Now it looks while one waits or the broker asks for a
 * pause, and that is all that it needs: whatever is put to wait, and every answer, makes it look.
 */
RequestQueue.prototype.scheduleCheckPendingRequests = function () {
  if (this.pending.length > 0 || this.throttledUntil > Date.now()) scheduleAsBefore.call(this);
};
