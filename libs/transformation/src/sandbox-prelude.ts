/**
 * Runs inside the sandbox before the customer's code does, and keeps what it needs of the engine for itself: whatever
 * that code does to built-in objects, it does to its own message alone. Everything that leaves is one text.
 */
export const PRELUDE = String.raw`(function (write, measure) {
  'use strict';
  const { parse, stringify } = JSON;
  const { isArray } = Array;
  const toText = String;
  const slice = Function.prototype.call.bind(String.prototype.slice);
  const LINE = 1000;

  function textOf(value) {
    try {
      if (typeof value === 'string') return value;
      if (typeof value === 'object' && value instanceof Error) return toText(value);
      const json = stringify(value);
      return json === undefined ? toText(value) : json;
    } catch {
      return '(cannot be shown)';
    }
  }

  function line(...values) {
    if (write === undefined) return;
    let text = '';
    for (let at = 0; at < values.length && text.length < LINE; at += 1) text += (at > 0 ? ' ' : '') + textOf(values[at]);
    write(slice(text, 0, LINE));
  }

  globalThis.console = { log: line, info: line, warn: line, error: line, debug: line };

  function returned(made, before, most) {
    if (made === null) return { instead: 'null' };
    if (typeof made !== 'object') return { instead: typeof made };
    if (isArray(made)) return { instead: 'a list' };
    if (typeof made.then === 'function') return { instead: 'promise' };
    const { method, url, headers, cancel, payload } = made;
    const type = typeof payload;
    const body = type === 'string' ? payload : stringify(payload);
    if (typeof body === 'string' && body.length > most) return { size: body.length };
    const unchanged = type !== 'string' && body === before;
    return { method, url, headers, cancel, type, unchanged, body: unchanged ? undefined : body };
  }

  return {
    invoke(handler, request, payload, most) {
      const webhook = parse(request);
      try {
        webhook.payload = parse(payload);
      } catch {
        return stringify({ unreadable: true });
      }
      const before = stringify(webhook.payload);
      const made = returned(handler(webhook), before, most);
      const json = stringify(made);
      if (measure !== undefined) measure();
      return typeof json === 'string' && json.length > 8 * most ? stringify({ size: json.length }) : json;
    },
    describe(error) {
      let text = 'something that cannot be shown';
      let stack = '';
      try {
        const isError = typeof error === 'object' && error !== null && 'message' in error;
        // What the engine throws when there is no memory left for an error.
        text = error === null ? '(nothing)' : isError ? toText(error.name) + ': ' + toText(error.message) : textOf(error);
        stack = isError ? toText(error.stack) : '';
      } catch {}
      // Each by itself: what the code did to toJSON touches no text.
      return stringify(slice(text, 0, 400)) + '\n' + stringify(slice(stack, 0, 2000));
    },
  };
})`;
