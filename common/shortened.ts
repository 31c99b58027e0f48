/** One way to show a text that is too long, for messages and tables. Pure. */

/** The longest word that is left out whole rather than cut in two. */
const WORD = 30;

/** At most `most` characters of a text, cut after a whole word where words are of usual length; an ellipsis says so. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const kept = text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '');
  const inWord = /\S/.test(text[most] ?? '');
  return `${inWord ? kept.replace(new RegExp(`\\s+\\S{0,${WORD}}$`), '') : kept.trimEnd()} ...`;
}

export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
