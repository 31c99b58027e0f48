/** Texts of models and files as a page may show them: whatever they hold can be read, and does nothing. Pure. */

/** A text that was cut, or not. */
export interface Shown {
  text: string;
  /** Characters of the whole, where only the beginning is shown. */
  of?: number;
}

/** Control characters, line ends and tabs apart. */
const CONTROL = /(?![\t\n])[\u0000-\u001f\u007f]/g; // oxlint-disable-line no-control-regex -- they are what is looked for
/** What turns the reading direction, takes no room, or is half of a character. */
const UNSEEN =
  /[\u0080-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]|[\u{e0000}-\u{e007f}]|\p{Cs}/gu;

/** The text with every character that can't be seen written out: `␛` for the beginning of a terminal's code, `‹U+202E›` for a turn. */
export function visible(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(CONTROL, (unit) => (unit === '\u007f' ? '\u2421' : String.fromCharCode(0x2400 + unit.charCodeAt(0))))
    .replace(UNSEEN, (one) => `‹U+${one.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}›`);
}

/** At most `most` characters of a text, made visible. */
export function shown(text: string, most: number): Shown {
  if (text.length <= most) return { text: visible(text) };
  return { text: visible(whole(text, 0, most)), of: text.length };
}

/** A part of a text, which halves no character at its ends. */
export function whole(text: string, from: number, to: number): string {
  const isLow = (at: number) => /[\udc00-\udfff]/.test(text[at] ?? '') && /[\ud800-\udbff]/.test(text[at - 1] ?? '');
  return text.slice(isLow(from) ? from - 1 : from, isLow(to) ? to - 1 : to);
}
