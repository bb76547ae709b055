// eslint-disable-next-line no-control-regex -- the beginning of a colour is a control character
const COLOURS = /\x1b\[[0-9;]*m/g;
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\x00-\x1a\x1c-\x1f\x7f-\x9f]|\x1b(?!\[[0-9;]*m)/g;
/** Scripts and signs that take two columns (Unicode UAX 11), as far as names and chat messages hold them. */
const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;
const ONLY_ASCII = /^[\x20-\x7e]*$/;

let segmenter: Intl.Segmenter | undefined;

/** How many columns a text takes in a terminal; colours take none. */
export function widthOf(text: string): number {
  const plain = text.replaceAll(COLOURS, '');
  if (ONLY_ASCII.test(plain)) return plain.length;
  let width = 0;
  for (const sign of signsOf(plain)) width += widthOfSign(sign);
  return width;
}

/** The text without what would move the cursor or colour the rest: it may come from anybody. */
export const harmless = (text: string): string => text.replaceAll(COLOURS, '').replaceAll(CONTROL, ' ');

/** At most so many columns, with an ellipsis where something is missing. The text has no colours. */
export function shortened(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = '';
  let width = 1;
  for (const sign of signsOf(text)) {
    width += widthOfSign(sign);
    if (width > columns) break;
    kept += sign;
  }
  return `${kept}…`;
}

function widthOfSign(sign: string): number {
  if (/^\p{Mark}+$/u.test(sign)) return 0;
  return WIDE.test(sign) ? 2 : 1;
}

function signsOf(text: string): readonly string[] {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}
