const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/**
 * The bytes of one member's value in a JSON object, as they stand there and without the white space around them,
 * so that what was signed by nobody yet is not written anew (promise 5). A name given twice has its last value, as
 * JSON.parse has it. Undefined when the text is no object or has no such member.
 *
 * `json` has to be valid JSON in UTF-8: this looks for boundaries and checks nothing.
 */
export function sliceMember(json: Buffer, name: string): Buffer | undefined {
  const start = skipSpace(json, 0);
  if (json[start] !== OPEN_BRACE) return undefined;
  let found: Buffer | undefined;
  let at = skipSpace(json, start + 1);
  while (json[at] === QUOTE) {
    const keyEnd = endOfString(json, at);
    const valueStart = skipSpace(json, skipSpace(json, keyEnd) + 1); // past the colon
    const valueEnd = endOfValue(json, valueStart);
    if (isNamed(json, at, keyEnd, name)) found = json.subarray(valueStart, valueEnd);
    at = skipSpace(json, valueEnd);
    if (json[at] !== COMMA) break;
    at = skipSpace(json, at + 1);
  }
  return found;
}

/** The bytes of each element of a JSON array, in order; none when the text is no array. See sliceMember. */
export function sliceElements(json: Buffer): readonly Buffer[] {
  const start = skipSpace(json, 0);
  if (json[start] !== OPEN_BRACKET) return [];
  const elements: Buffer[] = [];
  let at = skipSpace(json, start + 1);
  while (at < json.length && json[at] !== CLOSE_BRACKET) {
    const end = endOfValue(json, at);
    elements.push(json.subarray(at, end));
    at = skipSpace(json, end);
    if (json[at] !== COMMA) break;
    at = skipSpace(json, at + 1);
  }
  return elements;
}

function isNamed(json: Buffer, quote: number, keyEnd: number, name: string): boolean {
  const key = json.subarray(quote + 1, keyEnd - 1);
  // A name may be written with escapes, as "p\u0061yload".
  if (key.includes(BACKSLASH)) return JSON.parse(json.toString('utf8', quote, keyEnd)) === name;
  return key.toString('utf8') === name;
}

function endOfValue(json: Buffer, at: number): number {
  switch (json[at]) {
    case QUOTE:
      return endOfString(json, at);
    case OPEN_BRACE:
    case OPEN_BRACKET:
      return endOfNested(json, at);
    default:
      return endOfWord(json, at);
  }
}

/** By counting, not by calling itself: the depth of a body is its sender's choice. */
function endOfNested(json: Buffer, at: number): number {
  let depth = 0;
  let index = at;
  while (index < json.length) {
    const byte = json[index];
    if (byte === QUOTE) {
      index = endOfString(json, index);
      continue;
    }
    index += 1;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) break;
    }
  }
  return index;
}

/** Just after the closing quote: the first one with an even number of backslashes before it. */
function endOfString(json: Buffer, at: number): number {
  let quote = json.indexOf(QUOTE, at + 1);
  while (quote !== -1) {
    let before = quote - 1;
    while (json[before] === BACKSLASH) before -= 1;
    if ((quote - 1 - before) % 2 === 0) return quote + 1;
    quote = json.indexOf(QUOTE, quote + 1);
  }
  return json.length;
}

function endOfWord(json: Buffer, at: number): number {
  let index = at;
  while (index < json.length && !endsWord(json[index])) index += 1;
  return index;
}

function endsWord(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || byte === COLON || isSpace(byte);
}

function skipSpace(json: Buffer, at: number): number {
  let index = at;
  while (isSpace(json[index])) index += 1;
  return index;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
