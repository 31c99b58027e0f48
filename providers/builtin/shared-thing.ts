import { DETERMINERS, GENERAL, PREPOSITIONS, RELATIVES } from './lexicon.ts';
import { tokenise } from './tokens.ts';

/**
 * The thing of two words that all sentences of a run speak of, the first among them: "clinical trials". Undefined where
 * there are fewer than two sentences, or where fewer than half of them name it.
 */
export function sharedThing(sentences: readonly string[]): string | undefined {
  const [first] = sentences;
  if (first === undefined || sentences.length < 2) return undefined;
  const named = sentences.map(pairsOf);
  const found = [...named[0]!.keys()].flatMap((key) => {
    const count = named.filter((pairs) => pairs.has(key)).length;
    return count >= 2 && count * 2 >= sentences.length ? [{ key, count }] : [];
  });
  const [most] = found.sort((a, b) => b.count - a.count);
  // One thing would need its article, and a plural none.
  return most && named.flatMap((pairs) => pairs.get(most.key) ?? []).find((text) => /[^s]s$/.test(text));
}

/** Pairs of an attribute and a noun, by their words without plural endings. */
function pairsOf(sentence: string): Map<string, string> {
  const tokens = tokenise(sentence);
  const pairs = new Map<string, string>();
  for (const [i, noun] of tokens.entries()) {
    const before = tokens[i - 1];
    const next = tokens[i + 1];
    if (!before || !/^\p{Ll}{4,}$/u.test(noun.low) || !noun.tags.has('Noun') || GENERAL.has(noun.low)) continue;
    if (!/^\p{L}[\p{Ll}-]{3,}$/u.test(before.text) || !(before.tags.has('Adjective') || before.tags.has('Noun')))
      continue;
    if ([DETERMINERS, PREPOSITIONS, RELATIVES].some((words) => words.has(before.low)) || VAGUE.test(before.low))
      continue;
    const inner = next !== undefined && next.tags.has('Noun') && !/[,.;:)]$/.test(noun.text);
    if (inner) continue;
    const key = `${before.low} ${noun.low.replace(/s$/, '')}`;
    if (!pairs.has(key))
      pairs.set(key, `${/^\p{Lu}/u.test(before.text) && i > 1 ? before.text : before.low} ${noun.low}`);
  }
  return pairs;
}

const VAGUE =
  /^(?:other|many|some|certain|different|more|most|such|same|first|second|third|next|last|several|whole|entire|possible|common|new|your|their|long|high|low|good|main|several|type|types|kind|part|number)$/;
