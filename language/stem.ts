/** Light stemming: plural, -ing, -ed, -ly, British and American spelling. It joins forms of one word, never two words. */

const IRREGULAR = new Map(
  Object.entries({
    women: 'woman',
    men: 'man',
    children: 'child',
    feet: 'foot',
    took: 'take',
    taken: 'take',
    began: 'begin',
    begun: 'begin',
    lost: 'lose',
    felt: 'feel',
    kept: 'keep',
    gave: 'give',
    given: 'give',
    saw: 'see',
    seen: 'see',
    grew: 'grow',
    grown: 'grow',
    worn: 'wear',
    went: 'go',
    gone: 'go',
    used: 'use',
    using: 'use',
    made: 'make',
    shown: 'show',
    known: 'know',
    driven: 'drive',
    written: 'write',
    risen: 'rise',
    came: 'come',
    broke: 'break',
    broken: 'break',
    fell: 'fall',
    fallen: 'fall',
    held: 'hold',
    told: 'tell',
    taught: 'teach',
    thought: 'think',
    thoughts: 'thought',
    found: 'find',
    paid: 'pay',
    swollen: 'swell',
    lain: 'lie',
    lying: 'lie',
    dying: 'die',
    died: 'die',
    news: 'news',
  }),
);

const VOWEL = /[aeiouy]/;
const cache = new Map<string, string>();
const CACHE_LIMIT = 50_000;

/** The stem of one lower-case word. */
export function stem(word: string): string {
  const known = cache.get(word);
  if (known !== undefined) return known;
  const result = finish(inflection(IRREGULAR.get(word) ?? spelling(word.replace(/'s$|'$/, ''))));
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(word, result);
  return result;
}

/** oestrogen = estrogen, labour = labor, centre = center, organise = organize. */
function spelling(word: string): string {
  if (word.length < 5) return word;
  return word
    .replace(/ae|oe/g, 'e')
    .replace(/^([a-z]{3,})our(s|ed|ing|able|ful)?$/, '$1or$2')
    .replace(/([bt])re(s?)$/, '$1er$2')
    .replace(/is(e|es|ed|ing|ation|ations)$/, 'iz$1')
    .replace(/ys(e|es|ed|ing)$/, 'yz$1')
    .replace(/ll(ed|ing|er|ers)$/, 'l$1');
}

function inflection(word: string): string {
  if (word.length > 5 && word.endsWith('ly')) return inflection(word.slice(0, -2));
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (word.length > 4 && /(?:ss|x|z|ch|sh)es$/.test(word)) return word.slice(0, -2);
  if (word.length > 3 && /[^sui]s$/.test(word)) return inflection(word.slice(0, -1));
  for (const ending of ['ing', 'ed']) {
    const base = word.slice(0, -ending.length);
    if (word.endsWith(ending) && base.length >= 3 && !base.endsWith('e') && VOWEL.test(base)) {
      if (ending === 'ed' && base.endsWith('i')) return `${base.slice(0, -1)}y`;
      return /([bdgmnprt])\1$/.test(base) ? base.slice(0, -1) : base;
    }
  }
  return word;
}

/** A silent e is dropped everywhere, so that take, takes and taking meet. */
function finish(word: string): string {
  return word.length > 3 && word.endsWith('e') ? word.slice(0, -1) : word;
}
