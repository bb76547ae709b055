import type { Dispatcher, Pool } from 'undici';

export interface Posted {
  readonly status: number;
  /** The first bytes of the answer, of one that is no 2xx. */
  readonly text: string;
}

export interface Post {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The leanest way through undici: no streams, no parsed headers, no answer kept. */
export function post(pool: Pool, { path, headers, body }: Post): Promise<Posted> {
  return new Promise((resolve, reject) => {
    let status = 0;
    let text = '';
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: () => undefined,
      onResponseStart: (_controller, code) => {
        status = code;
      },
      onResponseData: (_controller, chunk) => {
        if (status >= 300 && text.length < 500) text += chunk.toString('utf8', 0, 500);
      },
      onResponseEnd: () => resolve({ status, text }),
      onResponseError: (_controller, error) => reject(error),
    };
    pool.dispatch({ method: 'POST', path, headers, body }, handler);
  });
}
