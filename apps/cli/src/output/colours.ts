/** Whether to colour: NO_COLOR and --no-color forbid it, FORCE_COLOR demands it, else a person has to be reading. */
export function wantsColour(
  env: Readonly<Record<string, string | undefined>>,
  isTty: boolean,
  isForbidden: boolean,
): boolean {
  // no-color.org: present and not empty, whatever its value.
  if (isForbidden || (env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined && forced !== '') return forced !== '0';
  return isTty && env['TERM'] !== 'dumb';
}

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;
export type Colour = keyof typeof CODES;
export type Paint = (colour: Colour, text: string) => string;

export const painter =
  (isOn: boolean): Paint =>
  (colour, text) => {
    if (!isOn || text === '') return text;
    const [open, close] = CODES[colour];
    return `\x1b[${String(open)}m${text}\x1b[${String(close)}m`;
  };
