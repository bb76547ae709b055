/** Record headers as Kafka carries them: raw bytes by name. */
export type RecordHeaders = Readonly<Record<string, Buffer | string>>;

/** The header's text, or undefined when it is absent. A name given twice has its first value. */
export function headerText(headers: Readonly<Record<string, unknown>> | undefined, name: string): string | undefined {
  const value = headers?.[name];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof first === 'string') return first;
  return Buffer.isBuffer(first) ? first.toString('utf8') : undefined;
}
