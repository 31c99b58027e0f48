import { countTokens } from '../../language/text.ts';
import { unitsOf } from '../../documents/units.ts';
import type { Excerpt } from './excerpts.ts';

/** What fits into a prompt: the nearest first, and what is left out is told. Pure. */
export interface Fitted {
  excerpts: Excerpt[];
  tokens: number;
  /** In words. */
  said: string[];
}

/**
 * The nearest excerpts that a budget holds. The nearest of all, where it is too long by itself, is cut after its last whole sentence
 * that fits.
 * @param excerpts nearest first
 */
export function withinBudget(excerpts: readonly Excerpt[], budgetTokens: number): Fitted {
  const kept: Excerpt[] = [];
  let left = budgetTokens;
  for (const excerpt of excerpts) {
    const tokens = countTokens(excerpt.text);
    if (tokens > left) break;
    kept.push(excerpt);
    left -= tokens;
  }
  const [nearest] = excerpts;
  const cut = kept.length === 0 && nearest ? cutTo(nearest, budgetTokens) : undefined;
  if (cut) {
    kept.push(cut);
    left -= countTokens(cut.text);
  }
  const out = excerpts.length - kept.length;
  return {
    excerpts: kept,
    tokens: budgetTokens - left,
    said: [
      ...(cut ? [`${cut.passage.id} cut to the budget of ${budgetTokens} tokens`] : []),
      ...(out > 0 ? [`${out} of ${excerpts.length} left out, over the budget of ${budgetTokens} tokens`] : []),
    ],
  };
}

/** Undefined where not even its first sentence fits, and for a sentence, which is whole or not there. */
function cutTo(excerpt: Excerpt, budgetTokens: number): Excerpt | undefined {
  const { passage } = excerpt;
  if (excerpt.start !== passage.start || excerpt.end !== passage.end) return undefined;
  let best: Excerpt | undefined;
  for (const { end } of unitsOf(passage.text)) {
    const text = passage.text.slice(0, end);
    if (countTokens(text) > budgetTokens) break;
    best = { ...excerpt, start: passage.start, end: passage.start + end, text };
  }
  return best;
}
