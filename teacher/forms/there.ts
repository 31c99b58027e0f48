import type { Clause } from '../words/clause.ts';
import type { Asked } from './forms.ts';
import { aboutGaps } from '../topics.ts';
import { join } from '../words/tokens.ts';

const COUNTED =
  /^(?:(?:about|around|over|only|nearly|more than|at least|approximately) )*(?:\d[\d.,]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|several|many) (?:main |different |common |basic |major |primary )?((?:\p{L}[\p{L}-]* ){0,2}?\p{L}[\p{L}-]*s)\b ?(.*)$/u;

/** "There are nine fire extinguishers in the building." */
export function thereGaps({ rest, negated }: Clause, front: string): Asked[] {
  const text = join(rest).replace(/[,;].*$| (?:because|since|but|so)\b.*$/, '');
  if (front !== '' || negated || text.split(' ').length > 14 || /\b(?:which|that|who)\b/.test(text)) return [];
  const no = /^no (?:known |specific |other |single |standard |proven )*(.+)$/.exec(text)?.[1];
  if (no) return aboutThing(no);
  const [, things, where = ''] = COUNTED.exec(text) ?? [];
  if (things && /^(?:in|on|at|of|for|with|under|inside|near)?\b/.test(where)) {
    if (/^(?:types?|kinds?|forms|sorts|stages|groups)$/.test(things) && where !== '')
      return /^(?:several|many)\b/.test(text)
        ? []
        : [{ direct: `how many ${things} ${where} are there`, embedded: `how many ${things} ${where} there are` }];
    if (/^(?:in|on|at|under|inside|near)\b|^$/.test(where) && where.split(' ').length <= 6)
      return [
        {
          direct: `how many ${things} are there ${where}`.trim(),
          embedded: `how many ${things} there are ${where}`.trim(),
        },
      ];
  }
  return [];
}

const aboutThing = (thing: string): Asked[] =>
  /^(?:way|need|reason|doubt|one|more|longer|evidence that)\b/.test(thing) || thing.split(' ').length < 3
    ? []
    : aboutGaps(
        /^(?:[\p{L}-]+ ){0,3}?\p{L}+[^s\W]s\b(?= (?:to|for|of|that|in)\b|$)|^(?:treatment|information|research)\b/u.test(
          thing,
        )
          ? thing
          : `${/^[aeiou]/i.test(thing) ? 'an' : 'a'} ${thing}`,
      );
