/** What names may look like, as the Svix API has it: event types, event ids, channels. */
export const NAME_PATTERN = /^[a-zA-Z0-9\-_.]+$/;
export const LONGEST_NAME = 256;
export const LONGEST_CHANNEL = 128;
export const MOST_CHANNELS = 5;

/** The producer's own ids are taken as they are, within reason: any text of 1 to 256 characters without control characters. */
// Control characters by their numbers: of \p{Cc} not every reader of the API's description can make examples.
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
export const FOREIGN_ID_PATTERN = /^[^\u0000-\u001f\u007f-\u009f]{1,256}$/u;

export function isEventType(text: string): boolean {
  return text.length <= LONGEST_NAME && NAME_PATTERN.test(text);
}

export function isChannel(text: string): boolean {
  return text.length <= LONGEST_CHANNEL && NAME_PATTERN.test(text);
}

/**
 * What two different ids could not be told apart by is none: half of a character, and the mark that stands for what was no
 * UTF-8, become the same bytes whatever they were.
 */
export function isForeignId(text: string): boolean {
  return FOREIGN_ID_PATTERN.test(text) && text.isWellFormed() && !text.includes(REPLACEMENT);
}

const REPLACEMENT = '\ufffd';

/** A list of 1 to 5 different channels. */
export function areChannels(list: readonly unknown[]): list is readonly string[] {
  return (
    list.length >= 1 &&
    list.length <= MOST_CHANNELS &&
    new Set(list).size === list.length &&
    list.every((item) => typeof item === 'string' && isChannel(item))
  );
}

/** A payload is a JSON object: what a receiver verifies and reads has names for its parts. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
