import nlp from 'compromise';

/** One word of a sentence, with the punctuation that touches it. */
export interface Token {
  text: string;
  /** Lower case, without the punctuation around it. */
  low: string;
  tags: ReadonlySet<string>;
}

interface TaggedTerm {
  text: string;
  pre: string;
  post: string;
  tags: Iterable<string>;
}

const CONTRACTIONS: readonly [RegExp, string][] = [
  [/\b(c)an(?:no|['\u2019])t\b/gi, '$1an not'],
  [/\b(w)on['\u2019]t\b/gi, '$1ill not'],
  [/\b(is|are|was|were|do|does|did|has|have|had|should|could|would|must|might)n['\u2019]t\b/gi, '$1 not'],
];

/** Contracted negations written out, so that `not` is a word of its own. */
export function expandNegations(sentence: string): string {
  return CONTRACTIONS.reduce((text, [pattern, plain]) => text.replace(pattern, plain), sentence);
}

/** Words of one sentence with their parts of speech; what a hyphen joins is one word, and a symbol that stands alone is one. */
export function tokenise(sentence: string): Token[] {
  const json = nlp(sentence).json() as { terms: TaggedTerm[] }[];
  const tokens: { text: string; tags: Set<string>; open: boolean }[] = [];
  for (const term of json.flatMap((part) => part.terms)) {
    const text = `${term.pre}${term.text}${term.post}`;
    const last = tokens.at(-1);
    if (last?.open) {
      last.text += text;
      last.tags = new Set(term.tags);
      last.open = !/\s$/.test(text);
    } else {
      tokens.push({ text, tags: new Set(term.tags), open: !/\s$/.test(text) });
    }
  }
  return tokens
    .map(({ text, tags }) => ({ text: text.trim(), tags, low: bare(text) || text.trim() }))
    .filter((token) => token.text !== '');
}

function bare(text: string): string {
  return text
    .toLowerCase()
    .replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}%]+$/gu, '')
    .trim();
}

export const join = (tokens: readonly Token[]): string => tokens.map((token) => token.text).join(' ');

/** Forms of verbs, looked up once each. */
export class Conjugator {
  readonly #bases = new Map<string, string>();
  readonly #thirds = new Map<string, string>();

  /** "lasts" -> "last". A word that is no verb comes back as it is. */
  base(verb: string): string {
    return remember(this.#bases, verb, () => conjugate(`it ${verb}`)?.Infinitive ?? verb.replace(/([^s])s$/, '$1'));
  }

  /** "last" -> "lasts". */
  third(base: string): string {
    return remember(this.#thirds, base, () => conjugate(`to ${base}`)?.PresentTense ?? `${base}s`);
  }
}

function remember(cache: Map<string, string>, key: string, compute: () => string): string {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const value = compute();
  cache.set(key, value);
  return value;
}

function conjugate(phrase: string): { Infinitive?: string; PresentTense?: string } | undefined {
  const [forms] = nlp(phrase).verbs().conjugate() as { Infinitive?: string; PresentTense?: string }[];
  return forms;
}
