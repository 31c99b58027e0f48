import { normalise } from './text.ts';
import { readQuantities, spellOutSigns, type Quantity } from './numbers.ts';
import { stem } from './stem.ts';
import { NEGATORS, STOP_WORDS } from './words-of-english.ts';

/** What the rule judges compare: a text's content words, quantities and negations. */
export interface Analysis {
  /** Lower-case words and punctuation marks, in order. */
  tokens: readonly string[];
  /** Stems of content words, in order, with repeats. */
  sequence: readonly string[];
  content: ReadonlySet<string>;
  /** Stems of all words, units and stop words too. */
  vocabulary: ReadonlySet<string>;
  /** Stem -> the word as first written, for reasons. */
  spelled: ReadonlyMap<string, string>;
  quantities: readonly Quantity[];
  rates: ReadonlySet<string>;
  /** For each negation, the content words it reaches: those after it, up to the end of its clause. */
  negations: readonly ReadonlySet<string>[];
  /** Content words and numbers that follow each `than`, `before` and `after`, in order. */
  pivots: ReadonlyMap<string, readonly (readonly string[])[]>;
}

const TOKEN = /\p{L}[\p{L}\p{M}\p{N}]*(?:['-][\p{L}\p{N}]+)*|\p{N}+(?:[.,]\p{N}+)*|[.,;:!?()]/gu;
/** Compounds that mean something else than their parts: they stay one word. `non-` splits off, as a negation. */
const JOINED_PREFIX = /^(?:pre|post|re|anti|co|un|over|under|self|multi|sub|semi|inter|ex)-|-(?:only|free|like|less)$/;
const CLAUSE_END = /^[.,;:!?()]$|^(?:but|because|although|though|if|when|while)$/;
const PIVOTS = new Set(['than', 'before', 'after']);
const SCOPE_WORDS = 4;
const CACHE_LIMIT = 4000;
const cache = new Map<string, Analysis>();

/** Analyses a text once; the same text gives the same object while it is remembered. */
export function analyse(text: string): Analysis {
  const known = cache.get(text);
  if (known) return known;
  const analysis = analyseFresh(text);
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(text, analysis);
  return analysis;
}

/** Lower-case words and punctuation marks; hyphens split words, except after a prefix, which is joined. */
export function tokenise(text: string): string[] {
  const found = spellOutSigns(normalise(text)).match(TOKEN) ?? [];
  return found.flatMap((token) =>
    !token.includes('-') ? [token] : JOINED_PREFIX.test(token) ? [token.replaceAll('-', '')] : token.split('-'),
  );
}

/** Stems of a text's content words, and its numbers as written: what two texts about one thing share. */
export function contentStems(text: string): Set<string> {
  const carries = (token: string) => /[\p{L}\p{N}]/u.test(token) && !STOP_WORDS.has(token) && !NEGATORS.has(token);
  return new Set(tokenise(text).filter(carries).map(stem));
}

function analyseFresh(text: string): Analysis {
  const tokens = tokenise(text);
  const { quantities, used, rates } = readQuantities(tokens);
  const sequence: string[] = [];
  const spelled = new Map<string, string>();
  const negations: Set<string>[] = [];
  const pivots = new Map<string, string[][]>();
  let scopes: Set<string>[] = [];
  let following: string[][] = [];
  const reach = (item: string) => {
    for (const words of following) words.push(item);
    following = following.filter((words) => words.length < 3);
  };
  tokens.forEach((token, index) => {
    if (CLAUSE_END.test(token)) scopes = [];
    if (/^[.;!?]$/.test(token)) following = [];
    if (used.has(index)) {
      if (/^\d/.test(token)) reach(token);
      return;
    }
    if (NEGATORS.has(token)) {
      const scope = new Set<string>();
      negations.push(scope);
      scopes.push(scope);
      return;
    }
    if (PIVOTS.has(token)) {
      const words: string[] = [];
      pivots.set(token, [...(pivots.get(token) ?? []), words]);
      following.push(words);
    }
    if (STOP_WORDS.has(token) || !/\p{L}/u.test(token)) return;
    const root = stem(token);
    sequence.push(root);
    if (!spelled.has(root)) spelled.set(root, token);
    for (const scope of scopes) scope.add(root);
    scopes = scopes.filter((scope) => scope.size < SCOPE_WORDS);
    if (!PIVOTS.has(token)) reach(root);
  });
  return {
    tokens,
    sequence,
    content: new Set(sequence),
    vocabulary: new Set(tokens.map(stem)),
    spelled,
    quantities,
    rates,
    negations,
    pivots,
  };
}

/** True when `part` says the value of `whole`; a part without a unit counts when `unitless` allows it. */
export function sameQuantity(part: Quantity, whole: Quantity, unitless: boolean): boolean {
  if (part.unit !== whole.unit) {
    if (!(unitless && part.unit === '')) return false;
    return part.value === whole.value || part.value === Number.parseFloat(whole.text);
  }
  return Math.abs(part.value - whole.value) <= 1e-9 * Math.max(1, Math.abs(whole.value));
}
