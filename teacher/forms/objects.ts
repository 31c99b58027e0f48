import { CAP } from './amounts.ts';
import type { Asked } from './forms.ts';
import {
  ACTING,
  CHANGING,
  DETERMINERS,
  KNOWN_VERBS,
  LIGHT,
  OBJECTS,
  PARTNERS,
  PEOPLE,
  PREPOSITIONS,
} from '../words/lexicon.ts';
import { isMeasured, segments } from '../words/measures.ts';
import { type Rule, same, startsWithPreposition, trim } from './scene.ts';
import { join, type Token } from '../words/tokens.ts';

/** What is done to the object, and how it changes. */
export const effect: Rule = ({ forms, parts, tokens, bare }) => {
  const { auxiliary, animate } = forms.clause;
  if (animate || auxiliary === 'did') return [];
  const [object = '', ...others] = parts;
  const tail = others.join(' ');
  const adverbs = forms.clause.adverbs.replace(/\b(?:slightly|seriously|greatly|safely)\b/, '').trim();
  if (bare === 'make' || bare === 'turn') {
    const split = resultOf(tokens);
    if (split === 0) return [];
    const thing = join(tokens.slice(0, split));
    const after = segments(join(tokens.slice(split)))
      .slice(1)
      .join(' ');
    return [
      forms.ask('what', trim(`to ${thing}`, after), { verb: 'do' }),
      forms.ask('how', trim(thing, after), { verb: 'affect' }),
    ];
  }
  if (bare === 'stop' && /^from \w+ing\b/.test(tail)) return [forms.ask('what', `to ${object}`, { verb: 'do' })];
  if (bare === 'help') return [];
  if (startsWithPreposition(object) || object === '' || PREPOSITIONS.has(object.split(' ')[0]!.toLowerCase()))
    return [];
  const kept = trim(object.replace(/ slightly$/, ''), tail);
  if (/ (?:ability|ability to|need) (?:to )?/.test(kept)) return [];
  if (/\bmost\b|commonly|mainly|usually/.test(adverbs) || / and | or |,/.test(kept)) return [];
  if (CHANGING.has(bare)) return [forms.ask('how', kept, { verb: 'affect', adverbs })];
  if (ACTING.has(bare) && bare !== 'protect') return [forms.ask('what', `to ${kept}`, { verb: 'do', adverbs })];
  return [];
};

/** Where the result begins in "the womb lining | thicker", "the skin | make vitamin D"; 0 when there is none. */
function resultOf(tokens: readonly Token[]): number {
  const index = tokens.findIndex(({ tags, low }, at) => {
    const previous = tokens[at - 1];
    if (!previous || DETERMINERS.has(previous.low) || PREPOSITIONS.has(previous.low)) return false;
    if (previous.tags.has('Adjective')) return false;
    if ((KNOWN_VERBS.has(low) || low === 'have') && at + 1 < tokens.length) return true;
    return (
      ['Adjective', 'Comparative', 'Infinitive'].some((tag) => tags.has(tag)) ||
      ['less', 'more'].includes(low) ||
      /[^e]er$/.test(low)
    );
  });
  return Math.max(index, 0);
}

/** True where what follows the verb describes instead of naming a thing: "ship free". */
function isDescription(tokens: readonly Token[], text: string): boolean {
  const named = tokens.slice(0, text.split(' ').length);
  return named.every(({ tags }) => !tags.has('Noun') && (tags.has('Adjective') || tags.has('Adverb')));
}

/** What or whom the verb is about, and what a person should do. */
export const object: Rule = ({ forms, parts, tokens, rest, bare }) => {
  const { animate, auxiliary, subject, verb } = forms.clause;
  const asked: Asked[] = [];
  const partner = PARTNERS.get(bare);
  if (partner && rest.startsWith(`${partner} `))
    return [
      forms.ask(
        'what',
        trim(
          partner,
          parts
            .slice(1)
            .filter((part) => !/^to\b/.test(part))
            .join(' '),
        ),
      ),
    ];
  const [whole = '', ...others] = parts;
  const [first = '', ...compared] = whole.split(/ (?=(?:\w+er|more \w+|less \w+) than )/);
  const advises = animate && ['should', 'must'].includes(auxiliary);
  const at = others.findIndex((part) => !/^(?:from|to|towards?|into|on)\b/.test(part));
  const setting = at < 0 ? [] : others.slice(at);
  if (['limit', 'restrict', 'keep'].includes(bare) && CAP.test(rest)) return asked;
  if (isMeasured(first) && !/\d.* and \d/.test(first)) return asked;
  if (advises && bare !== 'avoid' && (setting.length > 0 || subject.split(' ').length > 3)) {
    asked.push(forms.ask('what', setting.join(' '), { verb: 'do' }));
  }
  if (bare === 'have' && /^(?:difficulty|trouble|problems)\b/.test(first)) return asked;
  if (LIGHT.has(bare) || first === '' || startsWithPreposition(first)) return asked;
  const risky = /\brisk of\b/.test(first) && CHANGING.has(bare);
  const told = auxiliary === 'did' && others.length > 0;
  if (!OBJECTS.has(bare) && !risky && !told) return asked;
  if (
    others.some((part) => /^to (?!the |an? |every |each |all |your |my |\d)/.test(part)) &&
    !/^(?:use|need|have|take|do)$/.test(bare)
  )
    return asked;
  if (tokens[0]?.tags.has('Comparative')) return asked;
  if (
    bare === 'include' ||
    (bare === 'mean' && forms.clause.negated) ||
    /\b(?:effects?|impact|role|influence) on\b/.test(rest) ||
    /\bthan\b/.test(rest)
  )
    return asked;
  if (animate && subject.split(' ').length < 2 && setting.length === 0 && !advises) return asked;
  if (tokens[0]?.tags.has('Adverb') && !/^(?:too (?:much|many)|(?:most|more|some) (?!\w+ly$))/.test(first))
    return asked;
  if (subject.startsWith('no ') || isDescription(tokens, first)) return asked;
  if (/^(?:it|them|him|her|us|you|me|itself|themselves)\b/.test(first)) return asked;
  if (bare === 'have' && /^no\b/.test(first)) return asked;
  if (/^no\b|^or\b|^and\b|^where\b|^how\b/.test(first)) return asked;
  const swallow = /\b(?:that|which|who|too much|too many)\b|\band \d/.test(first);
  const kept = swallow
    ? []
    : others.filter(
        (part, index) => index > 0 || !(/^by\b/.test(part) || (/^from\b/.test(part) && bare !== 'protect')),
      );
  // A phrase that belongs to the object, or a second one, makes no sense without it.
  if (
    kept.some(
      (part) =>
        /^(?:into|onto|between|inside|among|through|of|against|to the|to an?)\b/.test(part) || / and |,/.test(part),
    )
  )
    return asked;
  const who =
    PEOPLE.has(
      first
        .split(/ (?:of|with) /)[0]
        ?.split(' ')
        .at(-1) ?? '',
    ) && bare !== 'replace';
  if (risky) {
    asked.push(forms.ask('which risk', '', { verb, adverbs: forms.clause.adverbs.replace('slightly', '').trim() }));
  } else if (!kept.some((part) => /^(?:to|when)\b/.test(part) && !/\bto \w+$/.test(part) && bare === 'need')) {
    asked.push(forms.ask(who ? 'who' : 'what', trim(...compared, ...kept)));
  }
  return asked;
};

/** "Fibroids become smaller": "What happens to fibroids?". */
export const change: Rule = ({ forms, parts, bare }) => {
  if (bare !== 'become') return [];
  const happens = forms.finite('happen', undefined, true);
  return [same(trim('what', happens, 'to', forms.clause.subject, ...parts.slice(1)))];
};
