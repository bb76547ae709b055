import { setTimeout as wait } from 'node:timers/promises';
import { AppError } from '@signpost/domain';
import type { DemoEvent } from './events.js';

/** The API gave an answer that the demonstration did not expect. */
export class UnexpectedAnswerError extends AppError {
  readonly code = 'answer_unexpected';
  constructor(
    readonly status: number,
    request: string,
    body: string,
  ) {
    super(`${request} answered ${String(status)}: ${body.slice(0, 500)}`, { status });
  }
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly iterator: string | null;
  readonly done: boolean;
}

const TIMEOUT_MS = 30_000;

/** The public API as any customer would call it: fetch and a key. */
export class ApiClient {
  constructor(
    private readonly origin: string,
    private readonly apiKey: string,
  ) {}

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { status, text } = await this.#send(method, path, body);
    if (status < 200 || status >= 300) throw new UnexpectedAnswerError(status, `${method} ${path}`, text);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** Undefined where the API says that there is no such thing. */
  async find<T>(path: string): Promise<T | undefined> {
    const { status, text } = await this.#send('GET', path);
    if (status === 404) return undefined;
    if (status !== 200) throw new UnexpectedAnswerError(status, `GET ${path}`, text);
    return JSON.parse(text) as T;
  }

  /** All pages of a list. */
  async all<T>(path: string): Promise<readonly T[]> {
    const items: T[] = [];
    let iterator: string | null = null;
    for (;;) {
      const query: string = iterator === null ? '?limit=250' : `?limit=250&iterator=${encodeURIComponent(iterator)}`;
      const page: Page<T> = await this.call<Page<T>>('GET', `${path}${query}`);
      items.push(...page.data);
      if (page.done || page.iterator === null || page.data.length === 0) return items;
      iterator = page.iterator;
    }
  }

  /**
   * Publishes one event, and again for as long as the API is out of reach or answers 503 or 429; resolves with the
   * message's id once it was accepted, with undefined when `signal` ended the waiting.
   */
  async publish(application: string, event: DemoEvent, signal: AbortSignal): Promise<string | undefined> {
    for (;;) {
      try {
        const { id } = await this.call<{ readonly id: string }>('POST', `/api/v1/app/${application}/msg`, event);
        return id;
      } catch (error) {
        if (error instanceof UnexpectedAnswerError && error.status !== 503 && error.status !== 429) throw error;
      }
      try {
        await wait(500, undefined, { signal });
      } catch {
        return undefined;
      }
    }
  }

  async #send(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(`${this.origin}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.apiKey}`, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  }
}
