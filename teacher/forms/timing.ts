import { LASTING, PREPOSITIONS } from '../words/lexicon.ts';
import { AMOUNT, LONG, MORE, rule, SCALE, TIME } from '../words/measures.ts';
import { plural, type Rule, trim } from './scene.ts';

/** Rules that ask when, how often, how soon and how long. */

const AGE = rule(`(.*?)\\b(between|at|before|by|until|after|over|under|from) (${AMOUNT}) years of age(.*)`);
const EVERY = rule(`(.*?) ?(?:at )?\\b(?:every (?:${AMOUNT} )?${TIME}|every [\\w -]+|each ${TIME})( without .*)?`);
const TIMES = rule(`(.*?) ?\\b(?:${AMOUNT} times|once|twice) ((?:an?|in|per|each|every) (?:${AMOUNT} )?${TIME})`);
export const BESIDE = rule(`(.*?) ?\\b${AMOUNT} ${TIME} (before|after) (.+)`);
const WITHIN = rule(`(.*?) ?\\bwithin ${AMOUNT} ${TIME}(?: (after|of) (.+))?`);
const FOR = rule(`(.*?) ?\\bfor (?!the )(?:${AMOUNT} (${TIME})|(?:days|weeks|months|years)(?: or \\w+)?)\\b ?(.*)`);
const DURATION = rule(`${AMOUNT} (${TIME})\\b ?(.*)`);
const EARLY = rule(`(.*?) ?\\bas (early|late|soon) as ${AMOUNT} ${TIME} ?(.*)`);
const TALL = rule(`(.*?) ?\\b${AMOUNT} (?:${TIME}|${SCALE}) (${LONG})\\b ?(.*)`);
const LATER = rule(`(.*?) ?\\b${AMOUNT} (?:${TIME}|${SCALE}) (${MORE})\\b ?(.*)`);
const SOON = rule(`(.*?) ?\\b(?:straight away|immediately|at once|right away)`);

export const age: Rule = ({ forms, rest }) => {
  const [, before = '', preposition = '', , after = ''] = AGE.exec(rest) ?? [];
  if (preposition === '') return [];
  const wh = ['between', 'at'].includes(preposition) ? 'at' : preposition;
  return [forms.ask(`${wh} what age`, trim(before, after))];
};

export const frequency: Rule = ({ forms, rest }) => {
  const [, object, rate] = TIMES.exec(rest) ?? [];
  if (object !== undefined) return [forms.ask('how often', object), forms.ask(`how many times ${rate}`, object)];
  const [, before, after = ''] = EVERY.exec(rest) ?? [];
  return before === undefined || PREPOSITIONS.has(before.split(' ').at(-1)!)
    ? []
    : [forms.ask('how often', trim(before, after))];
};

export const moment: Rule = ({ forms, rest, bare }) => {
  if (LASTING.has(bare) && DURATION.test(rest)) return [];
  const [, early, how, where = ''] = EARLY.exec(rest) ?? [];
  if (early !== undefined) return [forms.ask(`how ${how}`, trim(early, where)), forms.ask('when', early)];
  const [, late, long, after = ''] = TALL.exec(rest) ?? [];
  if (late !== undefined) return [forms.ask(`how ${long}`, trim(late, after))];
  const [, thing, more, than = ''] = LATER.exec(rest) ?? [];
  if (thing !== undefined) return [forms.ask(`how much ${more}`, trim(thing, than))];
  const [, object, side, event] = BESIDE.exec(rest) ?? [];
  if (object !== undefined && !/\b(?:for|within|in|up to)$/.test(object)) {
    if (/\bright$/.test(object)) return [];
    return [forms.ask('when', object), forms.ask(`how long ${side} ${event}`, object)];
  }
  const [, first] = SOON.exec(rest) ?? [];
  return first === undefined ? [] : [forms.ask('how soon', first)];
};

export const within: Rule = ({ forms, rest }) => {
  const [, object, link, event = ''] = WITHIN.exec(rest) ?? [];
  if (object === undefined) return [];
  const { auxiliary, voice } = forms.clause;
  const prompt = ['must', 'should', 'do', 'does'].includes(auxiliary) || (voice === 'active' && object === '');
  const when = forms.ask('when', object);
  if (!prompt || (link === 'of' && event.endsWith(' time'))) return [when];
  return [forms.ask('how soon', trim(object, event && `after ${event}`)), when];
};

export const duration: Rule = ({ forms, rest, bare }) => {
  const [, object, unit, tail = ''] = FOR.exec(rest) ?? [];
  if (object !== undefined) {
    const many = unit === undefined ? [] : [forms.ask(`for how many ${plural(unit)}`, trim(object, tail))];
    return [forms.ask('how long', trim(object, tail)), ...many];
  }
  const [, time, after = ''] = LASTING.has(bare) ? (DURATION.exec(rest) ?? []) : [];
  if (time === undefined || /^(?:of|before|a\b)/.test(after)) return [];
  return [forms.ask('how long', after), forms.ask(`how many ${plural(time)}`, after)];
};
