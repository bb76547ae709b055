/** What a text column can take: PostgreSQL stores no NUL, and half a surrogate pair is no character. */
export function storable(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.includes('\0') ? whole.replaceAll('\0', '\uFFFD') : whole;
}

/** The first bytes of a text, cut between characters. */
export function cut(text: string, maxBytes: number): string {
  // No character has more than three bytes per UTF-16 unit: the common short text is not encoded to be measured.
  if (text.length * 3 <= maxBytes) return text;
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
