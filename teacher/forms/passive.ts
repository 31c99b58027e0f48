import type { Asked, Forms } from './forms.ts';
import { PEOPLE, PLACED } from '../words/lexicon.ts';
import { isTemporal } from '../words/measures.ts';
import { same } from './scene.ts';
import { join, type Token } from '../words/tokens.ts';

/** What a passive clause can be asked, however long it is. */

const list = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/));

const TREATED =
  list(`treated managed diagnosed prevented inherited transmitted spread passed measured controlled removed
  detected confirmed relieved corrected administered delivered given applied done performed made booked paid sent ordered
  cleaned classified staged described defined`);

const CALLED = list('called termed named');

const STRANDED = list('with of to into on from against through for by as');

/** "Four types of surgery" are named in the answer: what they are for is hardly asked. */
export const COUNTED =
  /^(?:(?:nearly|about|over|almost|most) )*(?:\d[\d.,]*|two|three|four|five|six|seven|eight|several|many|some|different|other) /;

/** "is used to", "is caused by": what is asked for needs no more of the sentence. */
export const relates = ({ verb }: Forms['clause']): boolean =>
  /(?:^| )(?:used|caused|characterized|treated|diagnosed|inherited|divided|based|associated|called|known|prevented)$/.test(
    verb,
  );

export function passiveGaps(forms: Forms): Asked[] {
  const { clause } = forms;
  const done = clause.verb.split(' ').at(-1) ?? '';
  const [first, second] = clause.rest;
  const rest = join(clause.rest);
  if (CALLED.has(done)) return first ? [forms.ask('what', '')] : [];
  if (!first) return [];
  const low = first.low;
  if (done === 'known' && low === 'as') return [forms.ask('what', 'as')];
  if (done === 'used' && (low === 'to' || low === 'for' || low === 'in' || low === 'as'))
    return low === 'to' || low === 'for' ? [forms.ask('what', 'for')] : [];
  if (/\b(?:manner|pattern|fashion|way)\b/.test(rest) && low === 'in') return [forms.ask('how', '')];
  if (low === 'to' && second?.tags.has('Infinitive'))
    return /^(?:known|thought|said|shown|found|believed|expected|considered|reported|supposed|allowed|advised|told|asked|able|required|needed)$/.test(
      done,
    )
      ? []
      : [forms.ask('why', '')];
  if (low === 'by') return byAgent(forms, done, clause.rest);
  if (/^(?:at|in|on) .* or by (?!an?\b|the\b)/.test(rest)) return [forms.ask('how', '')];
  if (TREATED.has(done) && ['with', 'using', 'through', 'as', 'via'].includes(low))
    return [forms.ask('how', ''), ...(low === 'with' ? [forms.ask('what', 'with')] : [])];
  // "Stored at 10 to 20 degrees" says no place.
  if (low === 'at' && /\d/.test(rest)) return /\bdegrees?\b/.test(rest) ? [forms.ask('at what temperature', '')] : [];
  if (
    PLACED.has(done) &&
    [
      'in',
      'at',
      'on',
      'under',
      'inside',
      'near',
      'beside',
      'behind',
      'outside',
      'along',
      'between',
      'beneath',
    ].includes(low)
  )
    return isTemporal(rest) ||
      clause.rest.slice(1, 3).some((one) => PEOPLE.has(one.low)) ||
      /^in (?:about|some|most|many|people|patients|\d|the (?:case|form|hope|event))/.test(rest)
      ? []
      : [forms.ask('where', '')];
  if (
    (low === 'into' || low === 'through' || low === 'to' || low === 'from') &&
    !/^(?:linked|divided|exposed|connected|attached|limited|related|added|converted|transformed|made|derived|separated|restricted|compared|grouped|split|protected|taken|turned)$/.test(
      done,
    )
  )
    return [];
  // "Switched on at dusk": the first is part of the verb.
  if (STRANDED.has(low) && second && (STRANDED.has(second.low) || second.low === 'at' || second.low === 'in'))
    return [];
  if (STRANDED.has(low) && second && !isTemporal(rest) && low !== 'for' && low !== 'as')
    return [forms.ask('what', low)];
  if (low === 'for' && second && !/\d|year|month|week|day|hour|minute/.test(rest)) return [forms.ask('what', 'for')];
  return [];
}

function byAgent(forms: Forms, done: string, rest: readonly Token[]): Asked[] {
  const next = rest[1];
  if (!next) return [];
  if (next.tags.has('Gerund') || next.low.endsWith('ing')) return [forms.ask('how', '')];
  const phrase =
    join(rest.slice(1)).split(
      /,| (?:in|at|on|who|which|that|with|and|or|to|from|for|after|before|during|when|where) /,
    )[0] ?? '';
  const name = phrase.split(' ').every((word) => /^\p{Lu}\p{Ll}+/u.test(word));
  if (name || PEOPLE.has(phrase.split(' ').at(-1)?.toLowerCase() ?? '')) return [forms.ask('who', 'by')];
  const { subject, auxiliary, verb } = forms.clause;
  if (/^(?:(?:signs|symptoms)(?: and )?)+$/.test(subject)) return [];
  if (done === 'caused' && verb === 'caused') return [same(`what causes ${subject}`), forms.ask('what', 'by')];
  if (done === 'caused' && auxiliary) return [same(`what can cause ${subject}`)];
  return [forms.ask(TREATED.has(done) ? 'how' : 'what', TREATED.has(done) ? '' : 'by')];
}
