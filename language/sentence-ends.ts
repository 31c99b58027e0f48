/** Where sentences of running English end: full stops of abbreviations, initials, numbers and asides end none. */

const list = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/));

/** Never the last word of a sentence. */
const ABBREVIATIONS = list(`
  e.g eg i.e ie dr mr mrs ms mx prof st vs cf esp incl resp viz rev gen hon capt sgt mt ca approx messrs fr dipl`);
/** Abbreviations before a number: "No. 5", "Fig. 2", "pp. 3-4". */
const NUMBERED = list('no nos nr fig figs vol vols p pp eq ref refs ch sec art para tab ed');
/** End a sentence only before a capital letter: "etc. The ...", but "etc. are", "5 p.m. on". */
const TRAILING = list(`
  etc al inc ltd co corp dept est tel ext max min avg temp a.m p.m am pm ph.d jan feb mar apr jun jul aug sep sept oct
  nov dec mon tue tues wed thu thur thurs fri sat sun jr sr`);
/** After initials ("the U.S. The ...") only such a word surely begins a sentence. */
const OPENERS = list(`
  the it its this these those that in a an they if when for you we he she there some most many but and so however at
  on to as do use see call all each no not after before by with from`);
const STOPS = /[.!?\u2026\u3002\uff01\uff1f\u0964\u061f]+["'\u201d\u2019)\]\u00bb\uff09\u300d\u300f]*/gu;
const NEXT = /\s*["'\u201c\u2018([*_]{0,9}(\S{0,20})/uy;
/** An aside longer than this is taken for a mark that was never closed. */
const MAX_ASIDE = 400;

/**
 * Offsets, ascending, at which a sentence ends; the last is the text's end. Line ends count as spaces: the caller cuts
 * paragraphs apart before. Linear in the text's length.
 */
export function sentenceEnds(text: string): number[] {
  const asides = asidesOf(text);
  const ends: number[] = [];
  let start = 0;
  let aside = 0;
  for (const { 0: marks, index } of text.matchAll(STOPS)) {
    const end = index + marks.length;
    while (aside < asides.length && asides[aside]!.close < end) aside += 1;
    const inside = asides[aside];
    if (inside && inside.open < index && end <= inside.close) continue;
    if (!endsSentence(text, { start, index, end, marks })) continue;
    ends.push(end);
    start = end;
  }
  if (ends.at(-1) !== text.length) ends.push(text.length);
  return ends;
}

function endsSentence(text: string, at: { start: number; index: number; end: number; marks: string }): boolean {
  const { start, index, end, marks } = at;
  if (/[\u3002\uff01\uff1f\u0964\u061f]/.test(marks)) return true;
  const before = text.slice(Math.max(start, index - 24), index);
  const after = text.charAt(end);
  // "the chest.The most common": a space is missing.
  if (!/^\s?$/.test(after))
    return marks === '.' && /\p{Ll}{3}$/u.test(before) && /^\p{Lu}\p{Ll}/u.test(text.slice(end, end + 4));
  NEXT.lastIndex = end;
  const next = NEXT.exec(text)?.[1] ?? '';
  if (next === '') return true;
  const lower = /^\p{Ll}/u.test(next);
  if (!marks.startsWith('.')) return !lower;
  if (marks.startsWith('..') || marks.length > 1) return !lower;
  const word = /(?:\p{L}\.)*[\p{L}\p{N}'\u2019-]*$/u.exec(before)?.[0] ?? '';
  const low = word.toLowerCase();
  if (before.length < 20 && /^[\s(*_"']*(?:\d{1,3}|\p{L})$/u.test(text.slice(start, index))) return false;
  if (ABBREVIATIONS.has(low)) return false;
  if (NUMBERED.has(low) && /^[\p{N}#(]/u.test(next)) return false;
  if (TRAILING.has(low)) return /^\p{Lu}/u.test(next);
  const opener = OPENERS.has(next.toLowerCase().replace(/[^\p{L}]+$/u, '')) && !lower;
  if (/^(?:\p{L}\.)+\p{L}$/u.test(word)) return opener;
  if (/^\p{Lu}$/u.test(word)) {
    const named = /(?:^|[\p{Lu}]\p{Ll}*|\p{Lu}\.)\s+\p{Lu}$/u.test(before) || /^\p{Lu}\.$/u.test(next);
    return opener || !named;
  }
  return !lower || /^\p{Ll}{4,}$/u.test(word);
}

interface Aside {
  open: number;
  close: number;
}

/** Outermost brackets and quotations that are closed, in order. */
function asidesOf(text: string): Aside[] {
  const found: Aside[] = [];
  const open: { mark: string; at: number }[] = [];
  for (const { 0: mark, index } of text.matchAll(/[()[\]\u201c\u201d"]/g)) {
    const straight = mark === '"';
    const quotes = straight && open.at(-1)?.mark === '"';
    if (straight ? !quotes && /^$|[\s(\u2014-]/.test(text.charAt(index - 1)) : '([\u201c'.includes(mark)) {
      open.push({ mark, at: index });
      continue;
    }
    const last = open.at(-1);
    if (!last || (straight ? !quotes : '([\u201c'.indexOf(last.mark) !== ')]\u201d'.indexOf(mark))) continue;
    open.pop();
    if (index - last.at > MAX_ASIDE) continue;
    while ((found.at(-1)?.open ?? -1) > last.at) found.pop();
    found.push({ open: last.at, close: index });
  }
  return found;
}
