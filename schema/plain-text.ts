import type { Example, QaPair } from './data.ts';

/** What can be stored and trained on as text. UTF-8 can't hold half a surrogate pair; trainers choke on control characters. */

/** Tabs and line ends are text; a surrogate that this finds stands alone. */
const NO_TEXT = /(?![\t\n\r])\p{Cc}|\p{Cs}/u;
const ALL = new RegExp(NO_TEXT, 'gu');

/** What of a text is none, and where; undefined for what is all text. */
export function notText(text: string): string | undefined {
  const found = NO_TEXT.exec(text);
  if (!found) return undefined;
  const what = found[0] >= '\ud800' ? 'half of a character (a lone surrogate)' : 'a control character';
  return `${what}, ${nameOf(found[0])}, at offset ${found.index}`;
}

/** The text with what is none written out, as `\u0000`: so that it can be read and stored. */
export const spelledOut = (text: string): string => (NO_TEXT.test(text) ? text.replace(ALL, escapeOf) : text);

const hexOf = (unit: string) => unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
const nameOf = (unit: string) => `U+${hexOf(unit)}`;
const escapeOf = (unit: string) => `\\u${hexOf(unit)}`;

/** Why a pair can't be trained on, whoever wrote it and whatever judges it passes; undefined where it can. */
export function notTextIn(pair: QaPair & Pick<Partial<Example>, 'preference'>): string | undefined {
  const { question, answer, history, preference } = pair;
  const texts: [string, string][] = [
    ['question', question],
    ['answer', answer],
    ...history.map(({ content }, i): [string, string] => [`history[${i}]`, content]),
    ...(preference ? Object.entries({ chosen: preference.chosen, rejected: preference.rejected }) : []),
  ];
  for (const [field, text] of texts) {
    const problem = notText(text);
    if (problem !== undefined) return `its ${field} has ${problem}`;
  }
  return undefined;
}

/** A pair for the rejects, which are kept and read too. */
export function spelledOutPair<P extends QaPair & Pick<Partial<Example>, 'preference'>>(pair: P): P {
  if (notTextIn(pair) === undefined) return pair;
  const { preference } = pair;
  return {
    ...pair,
    question: spelledOut(pair.question),
    answer: spelledOut(pair.answer),
    history: pair.history.map(({ role, content }) => ({ role, content: spelledOut(content) })),
    ...(preference && {
      preference: {
        ...preference,
        chosen: spelledOut(preference.chosen),
        rejected: spelledOut(preference.rejected),
      },
    }),
  };
}
