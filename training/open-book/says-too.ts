import { contentStems } from '../../language/analysis.ts';

/** Share of an answer's words from which on another text is taken to say the same. */
const SAME = 0.7;

/** Whether a text from elsewhere says what an answer says: most of the answer's own words, and every number, stand in it. */
export function saysToo(text: string, answer: string): boolean {
  const asked = contentStems(answer);
  if (asked.size === 0) return false;
  const said = contentStems(text);
  const shared = [...asked].filter((word) => said.has(word)).length;
  const numbers = [...asked].filter((word) => /^\d/.test(word));
  return shared >= SAME * asked.size && numbers.every((number) => said.has(number));
}
