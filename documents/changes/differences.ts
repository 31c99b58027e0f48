import { analyse } from '../../language/analysis.ts';
import { STOP_WORDS } from '../../language/words-of-english.ts';

/** What two wordings of a statement say otherwise. */

/** Words that may come and go and nothing else is said. */
const LIGHT = new Set(
  'the a an is are was were be been being it its this that these those also which there'.split(' '),
);
/** Of a difference that is shown. */
const MOST_WORDS = 12;
const LONGEST_WORD = 60;
const WORDS = /[\p{L}\p{N}\p{M}]+(?:[.,:'’/-][\p{L}\p{N}\p{M}]+)*|\p{S}/gu;

/** Whether both say the same numbers, names, negations and links between them, in one order. */
export const saysTheSame = (one: string, other: string): boolean => saidBy(one) === saidBy(other);

function saidBy(text: string): string {
  const { sequence, quantities, rates, negations, tokens } = analyse(text);
  return JSON.stringify([
    sequence,
    quantities.map(({ value, unit, bound }) => [value, unit, bound]),
    [...rates],
    negations.length,
    tokens.filter((token) => STOP_WORDS.has(token) && !LIGHT.has(token)),
    // Signs that are no words: currencies, degrees, comparisons, a minus.
    text.match(/\p{S}|(?<![\p{L}\p{N}])[-−](?=\d)/gu),
  ]);
}

/** The words and numbers that only one of two texts has, as often as it has more of them, as written. */
export function onlyIn(one: string, other: string): string[] {
  const known = new Map<string, number>();
  for (const word of wordsOf(other)) known.set(folded(word), (known.get(folded(word)) ?? 0) + 1);
  const only = wordsOf(one).filter((word) => {
    const left = known.get(folded(word)) ?? 0;
    known.set(folded(word), left - 1);
    return left <= 0;
  });
  return only.slice(0, MOST_WORDS).map((word) => word.slice(0, LONGEST_WORD));
}

const wordsOf = (text: string): string[] => text.match(WORDS) ?? [];
const folded = (word: string) => word.normalize('NFKC').toLowerCase();
