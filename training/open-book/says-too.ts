import { analyse } from '../../language/analysis.ts';

/** Share of an answer's words from which on another text is taken to say the same. */
const SAME = 0.7;

/** Whether a text from elsewhere says what an answer says: most of the answer's own words, and every quantity, stand in it. */
export function saysToo(text: string, answer: string): boolean {
  const [asked, said] = [analyse(answer), analyse(text)];
  if (asked.content.size === 0) return false;
  const shared = [...asked.content].filter((word) => said.content.has(word)).length;
  return (
    shared >= SAME * asked.content.size &&
    asked.quantities.every((one) => said.quantities.some(({ value, unit }) => value === one.value && unit === one.unit))
  );
}
