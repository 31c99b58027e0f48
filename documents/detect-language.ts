/** Which language a text is in, where nobody says. Short texts, names, code and numbers are in none that can be told. */

/** Of a long document this much says it. */
const MOST_LETTERS_READ = 4_000;
const FEWEST_LETTERS = 60;
/** A text shorter than this is told only where no other language is near. */
const SHORT = 200;
const LEAST_LEAD = 0.05;

/** @returns its tag, such as `en`; undefined where it can't be told */
export async function detectLanguage(text: string): Promise<string | undefined> {
  const words = wordsIn(text);
  const letters = words.match(/\p{L}/gu)?.length ?? 0;
  if (letters < FEWEST_LETTERS) return undefined;
  // Two megabytes of n-grams, for those that read documents.
  const { eld } = await import('eld/medium');
  const found = eld.detect(words);
  if (!found.isReliable()) return undefined;
  const [first = 0, second = 0] = Object.values(found.getScores()).sort((a, b) => b - a);
  return letters >= SHORT || first - second >= LEAST_LEAD ? found.language || undefined : undefined;
}

/** Without what is in no language: code, addresses, marks and numbers. */
const wordsIn = (text: string): string =>
  text
    .slice(0, 4 * MOST_LETTERS_READ)
    .replace(/^(```|~~~)[^\n]*\n[\s\S]*?^\1/gm, ' ')
    .replace(/\bhttps?:\S+/g, ' ')
    .replace(/[^\p{L}\p{M}\s'’]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .slice(0, MOST_LETTERS_READ);
