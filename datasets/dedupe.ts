import { rejected } from './reject.ts';
import type { Example } from './schema.ts';
import { normalise, words } from './text.ts';
import { nearPairs } from './wording.ts';

/**
 * Rejects examples whose question is worded as another's: the same after normalising, or nearly the same (Jaccard of
 * neighbouring word pairs at least `nearDuplicate`) with the same numbers. Of such a pair the lower id is kept, and
 * the reject names it. Phrasings of one fact are alike in meaning by design: only wording counts.
 */
export function dedupeExamples(input: { examples: Example[]; nearDuplicate: number }): {
  kept: Example[];
  rejected: Example[];
} {
  const ordered = input.examples.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const kept: Example[] = [];
  const rejects: Example[] = [];
  const byQuestion = new Map<string, Example>();
  for (const example of ordered) {
    const key = normalise(example.question).replace(/[\s?.!]+$/, '');
    const twin = byQuestion.get(key);
    if (twin) rejects.push(duplicateOf(example, twin, 'the same wording'));
    else {
      byQuestion.set(key, example);
      kept.push(example);
    }
  }

  const questions = kept.map(({ question }) => question);
  const gone = new Set<number>();
  for (const [lower, higher] of nearPairs(questions, { threshold: input.nearDuplicate, measure: 'ordered' })) {
    const [twin, example] = [kept[lower], kept[higher]];
    if (!twin || !example || gone.has(lower) || gone.has(higher)) continue;
    if (numbersOf(twin.question) !== numbersOf(example.question)) continue;
    gone.add(higher);
    rejects.push(duplicateOf(example, twin, 'nearly the same wording'));
  }
  return { kept: kept.filter((_, i) => !gone.has(i)), rejected: rejects };
}

const duplicateOf = (example: Example, twin: Example, how: string) =>
  rejected(example, { reason: 'duplicate', why: `${how} as ${twin.id}, which is kept: "${twin.question}"` });

/** "at 12 weeks" and "at 20 weeks" are different questions, however long the rest. */
const numbersOf = (question: string) =>
  words(question)
    .filter((word) => /^\p{N}/u.test(word))
    .join(' ');
