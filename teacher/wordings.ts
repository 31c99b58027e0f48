import { createHash } from 'node:crypto';
import type { Asked } from './forms/forms.ts';

/** Ways to wrap a question in a request; each begins with words of its own. */
const WRAPPERS = [
  'Can you tell me {}?',
  'Do you know {}?',
  'Could you say {}?',
  'Does anyone know {}?',
  'Any idea {}?',
  'Would you tell me {}?',
  'Will you tell me {}?',
] as const;
/** Fewer wordings than this and a fact is left out: one could not be held out and still leave enough to learn from. */
export const MIN_WORDINGS = 4;
const MAX_WORDS = 34;
/** What is left of markup, or what a capital can't begin: such a wording is none. */
const MARKUP = /[*`[\]{}|\\]|<\p{L}|\s\s|\s\?$|^\p{Ll}/u;

/**
 * Up to `count` wordings that ask for the same fact. No more than a fifth of them, at least one, share their first two
 * words. The order varies from fact to fact, so that no wording is always the one held out.
 */
export function wordingsOf(gaps: readonly Asked[], count: number): string[] {
  const directs = gaps.map(({ direct }) => finished(direct));
  const seed = createHash('sha256').update(directs.join('\n')).digest().readUInt32BE(0);
  const embedded = gaps.flatMap(({ embedded }) => (embedded === undefined ? [] : [embedded]));
  const wrapped = WRAPPERS.flatMap((_, turn) => {
    const wrapper = WRAPPERS[(seed + turn) % WRAPPERS.length]!;
    const asked = embedded[turn % Math.max(1, embedded.length)];
    return asked === undefined ? [] : [wrapper.replace('{}', () => asked.trim())];
  });
  const most = Math.max(1, Math.floor(count / 5));
  const openers = new Map<string, number>();
  const chosen: string[] = [];
  for (const wording of [...directs, ...wrapped]) {
    const opener = wording.toLowerCase().split(' ', 2).join(' ');
    const used = openers.get(opener) ?? 0;
    if (chosen.length >= count || used >= most || chosen.includes(wording)) continue;
    if (wording.split(' ').length > MAX_WORDS || MARKUP.test(wording)) continue;
    openers.set(opener, used + 1);
    chosen.push(wording);
  }
  const turn = chosen.length === 0 ? 0 : (seed >>> 8) % chosen.length;
  return [...chosen.slice(turn), ...chosen.slice(0, turn)];
}

function finished(asked: string): string {
  const text = asked.trim().replace(/[\s,;:!-]+$|(?<!\p{Lu})[\s,;:.!-]+$/u, '');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}?`;
}
