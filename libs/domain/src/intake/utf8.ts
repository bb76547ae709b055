const REPLACEMENT = '\ufffd';
const ITS_BYTES = Buffer.from(REPLACEMENT);

/** The first byte that is not UTF-8, from 0; undefined where all of it is. */
export function placeBeyondUtf8(bytes: Buffer): number | undefined {
  const text = bytes.toString('utf8');
  let [at, from] = [0, 0];
  // The mark that stands for what could not be read may as well have been sent.
  for (let mark = text.indexOf(REPLACEMENT); mark !== -1; mark = text.indexOf(REPLACEMENT, mark + 1)) {
    at += Buffer.byteLength(text.slice(from, mark));
    from = mark;
    if (!ITS_BYTES.equals(bytes.subarray(at, at + ITS_BYTES.length))) return at;
  }
  return undefined;
}
