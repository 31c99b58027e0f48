import { findInstructions } from '../../documents/instructions.ts';
import { visible } from '../../schema/prompts/as-data.ts';
import type { IndexedPassage } from '../../schema/retrieval.ts';

export { asData, asLine, fillPrompt, quotedLines, visible } from '../../schema/prompts/as-data.ts';

/** What a passage may not do in a prompt: it is data, whatever it says. Pure. */

/**
 * Why a passage is withheld from answers: it, or what stands above it, talks to a model instead of a reader. It is looked at as it was
 * written, and as it reads without what does not show.
 */
export function withheldBecause({
  title,
  headings,
  context = '',
  text,
}: Pick<IndexedPassage, 'title' | 'headings' | 'context' | 'text'>): string | undefined {
  for (const one of [title, ...headings, context, text]) {
    const why = talksToModel(one);
    if (why !== undefined) return why;
  }
  return undefined;
}

/** How a text talks to a model, as it was written or as it reads. */
export function talksToModel(text: string): string | undefined {
  for (const form of new Set([text, visible(text).normalize('NFKC')])) {
    const [found] = findInstructions(form);
    if (found) return found.why;
  }
  return undefined;
}
