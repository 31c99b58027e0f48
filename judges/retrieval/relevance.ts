import { words } from '../../language/text.ts';

/** Of a text's different words, how many the other must have, to hold it. A passage that was cut elsewhere lacks a few. */
const HOLDS = 0.8;
/** A text of fewer different words is held by anything. */
const FEWEST = 4;

export interface Relevance {
  /** Of each retrieved text: whether it holds one of the contexts, or is a part of one. */
  retrieved: boolean[];
  /** Of each context: whether the retrieved texts hold it, one of them or together. */
  contexts: boolean[];
}

/**
 * Which of the retrieved texts are relevant, by the texts that an answer rests on. Contexts are sentences or passages, and what is retrieved may be
 * cut otherwise: a text is relevant where it has four in five of a context's words, or a context four in five of its own.
 */
export function relevanceOf(
  retrieved: readonly string[],
  contexts: readonly string[],
  k = retrieved.length,
): Relevance {
  const found = retrieved.map((text) => new Set(words(text)));
  const wanted = contexts.map((text) => new Set(words(text)));
  const together = new Set(found.slice(0, k).flatMap((one) => [...one]));
  return {
    retrieved: found.map((own) => wanted.some((context) => holds(own, context) || isPart(own, context))),
    contexts: wanted.map(
      (context) =>
        found.slice(0, k).some((own) => holds(own, context)) || partsHold(found.slice(0, k), context, together),
    ),
  };
}

/** Sentences of a passage hold it together, and not words from everywhere. */
function partsHold(found: readonly Set<string>[], context: Set<string>, together: Set<string>): boolean {
  if (!holds(together, context)) return false;
  const parts = found.filter((own) => isPart(own, context));
  return holds(new Set(parts.flatMap((part) => [...part])), context);
}

const holds = (own: ReadonlySet<string>, other: ReadonlySet<string>) => other.size > 0 && share(other, own) >= HOLDS;
const isPart = (own: ReadonlySet<string>, context: ReadonlySet<string>) =>
  own.size >= FEWEST && share(own, context) >= HOLDS;

function share(of: ReadonlySet<string>, among: ReadonlySet<string>): number {
  let shared = 0;
  for (const word of of) if (among.has(word)) shared += 1;
  return shared / of.size;
}
