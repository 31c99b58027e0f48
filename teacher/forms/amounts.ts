import { AMOUNT, isMeasured, rule, SCALE, TIME } from '../words/measures.ts';
import { plural, type Rule, trim } from './scene.ts';

const SHARE = rule(`${AMOUNT} percent of (.+)`);
const LEVEL = rule(`(?:below|above|at|over|under) ${AMOUNT} (?!${TIME}\\b).+`);
const LEVELS = [
  { says: /^at\b.*(?:\bo['\u2019]clock\b|\b[ap]\.?m\b)/i, ask: 'at what time' },
  { says: /degrees?\b/, ask: 'at what temperature' },
  { says: /^/, ask: 'at what level' },
];
const RATIO = rule(`in ${AMOUNT} in (?:every )?\\d+ (.+)`);
const MASS = rule(`${AMOUNT} (${SCALE}|${TIME}) of ([\\w -]+?)( (?:a|per) ${TIME})?`);
const LENGTH = rule(`${AMOUNT} (${SCALE})\\b ?(.*)`);
const COUNT = rule(`${AMOUNT} ([\\w -]*?\\w+s(?: of [\\w -]+?)?)( (?:a|per) ${TIME})?`);
export const CAP = rule(`(.+?) to ${AMOUNT} ${SCALE}( (?:a|per) ${TIME})?`);

/** How much, how many, what share, at what level. */
export const amount: Rule = ({ forms, parts, rest, bare }) => {
  const [object = '', ...others] = parts;
  const tail = others.filter((part) => !/^per\b/.test(part)).join(' ');
  const ratio = RATIO.exec(rest)?.[1];
  if (ratio) return [forms.ask('how often', `in ${ratio}`)];
  if (LEVEL.test(object)) return [forms.ask(LEVELS.find(({ says }) => says.test(object))!.ask, tail)];
  const [, capped, per = ''] = ['limit', 'restrict', 'keep'].includes(bare) ? (CAP.exec(rest) ?? []) : [];
  if (capped) return [forms.ask(`what amount${per}`, `${capped} to`)];
  if (/\d.* and \d/.test(object) || /\b(?:only |an? )one\b|^one\b/.test(object)) return [];
  const share = SHARE.exec(object)?.[1];
  if (share) {
    const [group = '', ...extra] = share.split(/ (?=at least )/);
    const much = /s$|women|people|men|children/.test(group.split(/ (?:of|with|who) /)[0] ?? '') ? 'many' : 'much';
    const kept = trim(extra.join(' '), tail);
    return [forms.ask(`what percentage of ${group}`, kept), forms.ask(`how ${much} ${group}`, kept)];
  }
  if (/^(?:about |only )?(?:several|some|many|a few)\b/.test(object)) return [];
  const mass = MASS.exec(object);
  if (mass) {
    const [, unit = '', stuff = '', rate = ''] = mass;
    return [
      forms.ask(`how much ${stuff}${rate}`, tail),
      forms.ask(`how many ${plural(unit)} of ${stuff}${rate}`, tail),
    ];
  }
  const [, unit, after = ''] = LENGTH.exec(rest) ?? [];
  if (unit) return [forms.ask(`how many ${plural(unit)}`, after)];
  const [, things, rate = ''] = COUNT.exec(object) ?? [];
  if (!things || isMeasured(object)) return [];
  return [forms.ask(`how many ${things.replace(/^of (?=\d)/, 'of the ')}${rate}`, tail)];
};
