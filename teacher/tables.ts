import type { Unit } from '../documents/units.ts';
import type { Asked } from './forms/forms.ts';
import { isPlural } from './words/heads.ts';
import { lowerFirst } from './words/clause.ts';
import { DETERMINERS, PEOPLE } from './words/lexicon.ts';
import { plainText } from './words/plain.ts';
import { tokenise } from './words/tokens.ts';

/** One cell of a row, as a fact. */
export interface CellFact {
  gaps: Asked[];
  answer: string;
}

const TIME =
  /^(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b|^(?:spring|summer|autumn|winter|weekdays?|weekends?|\d{4})\b/i;
const NAMING =
  /^(?:name|item|what|thing|product|article|service|work|day|date|month|season|year|time|person|#|no\.?|number|id|)$/i;
const SORTS =
  /^(?:membership|course|plan|tariff|size|model|type|kind|class|level|grade|category|room|team|department|package|subscription|licence|license|tier|mode|version|group|size|stage|test|vaccine)s?$/i;

/** Questions about the cells of one row, by the header's words; none without a header or a head. */
export function rowFacts({ header = [], cells = [] }: Unit, heading: string): CellFact[] {
  const names = header.map(plainText);
  const values = cells.map(plainText);
  const [head = ''] = values;
  if (
    names.length < 2 ||
    head === '' ||
    !/\p{L}|\p{N}/u.test(head) ||
    head.split(' ').length > 6 ||
    /[,;:=(){}[\]<>]/.test(head)
  )
    return [];
  return names.slice(1).flatMap((name, i) => {
    const value = values[i + 1] ?? '';
    if (
      !isLabel(name) ||
      name === '' ||
      name.split(' ').length > 6 ||
      !/[\p{L}\p{N}]/u.test(value) ||
      value.split(' ').length > 40
    )
      return [];
    return cell({ kind: names[0] ?? '', head, column: name, value, heading });
  });
}

/** True of a header that names a thing: "Top speed", not "What listens" or "Can be made again". */
function isLabel(name: string): boolean {
  const tokens = tokenise(name);
  const last = tokens.at(-1);
  if (
    !last ||
    tokens.some(
      ({ tags, low }) =>
        tags.has('QuestionWord') || /^(?:is|are|can|be|does|do|if|when|says|needs|means|it|you|your|yes|no)$/.test(low),
    )
  )
    return false;
  return (
    (tokens.length === 1 || tokens.some(({ tags }) => tags.has('Noun'))) &&
    !/^(?:with|without|in|on|at|from|to|of)$/.test(last.low) &&
    !/[?!]/.test(name)
  );
}

function cell(at: { kind: string; head: string; column: string; value: string; heading: string }): CellFact[] {
  const { head, value, heading } = at;
  const column = inSentence(at.column);
  const said = value.replace(/[.]+$/, '');
  if (TIME.test(head)) {
    const plural = isPlural(tokenise(heading));
    const about =
      heading.split(' ').length <= 3 && plural && !/\band\b/.test(heading)
        ? `${inSentence(heading)} of the ${column}`
        : undefined;
    const day = `on ${head}`.replace(
      /^on (?=(?:spring|summer|autumn|winter|\d{4}|january|february|march|april|may|june|july|august|september|october|november|december)\b)/i,
      'in ',
    );
    const thing = about ?? `${column.startsWith('the ') ? '' : 'the '}${column}`;
    const be = about ? 'are' : isPlural(tokenise(column)) ? 'are' : 'is';
    return [
      {
        gaps: [
          {
            direct: `what ${be} the ${thing.replace(/^the /, '')} ${day}`,
            embedded: `what the ${thing.replace(/^the /, '')} ${day} ${be}`,
          },
          { direct: `${day}, what ${be} the ${thing.replace(/^the /, '')}` },
        ],
        answer: sentence(`${thing.replace(/^(?!the )/, 'the ')} ${day}: ${said}.`),
      },
    ];
  }
  const of = rowName(at.kind, head);
  const plural = isPlural(tokenise(at.column));
  if (
    PEOPLE.has(column) ||
    /^(?:\w+ )?(?:by|responsible|contact|author|owner|lead|head|teacher|trainer|instructor)$/.test(column)
  )
    return [
      {
        gaps: [
          { direct: `who is the ${column} of ${of}`, embedded: `who the ${column} of ${of} is` },
          { direct: `what is the name of the ${column} of ${of}` },
        ],
        answer: sentence(`the ${column} of ${of} is ${said}.`),
      },
    ];
  const counted =
    plural && /^(?:\d[\d.,]*|unlimited|none|no|one|two|three|four|five|six|seven|eight|nine|ten)$/i.test(said);
  if (counted)
    return [
      {
        gaps: [
          { direct: `how many ${column} does ${of} have`, embedded: `how many ${column} ${of} has` },
          {
            direct: `what is the number of ${column} for ${of}`,
            embedded: `what the number of ${column} for ${of} is`,
          },
        ],
        answer: sentence(`the number of ${column} for ${of} is ${said}.`),
      },
    ];
  const costs = /^(?:price|fee|cost|costs|charge|monthly fee|rate)\b/.test(column) && /\d/.test(said);
  const preposition = costs || /\bfor\b/.test(column) ? 'for' : 'of';
  const be = plural ? 'are' : 'is';
  return [
    {
      gaps: [
        {
          direct: `what ${be} the ${column} ${preposition} ${of}`,
          embedded: `what the ${column} ${preposition} ${of} ${be}`,
        },
        ...(costs
          ? [{ direct: `how much is the ${column} for ${of}`, embedded: `how much the ${column} for ${of} is` }]
          : []),
      ],
      answer: sentence(`the ${column} ${preposition} ${of} ${be} ${said}.`),
    },
  ];
}

/** "the band saw", "the Maker membership", "Ilse Brandt". */
function rowName(kind: string, head: string): string {
  const sort = kind.trim();
  const name = inSentence(head);
  const last = sort.split(' ').at(-1)?.toLowerCase() ?? '';
  if (SORTS.test(last) && !NAMING.test(sort) && !name.toLowerCase().includes(last.replace(/s$/, '')))
    return `the ${/^\p{Lu}/u.test(head) && head.split(' ').length === 1 ? head : name} ${inSentence(sort).replace(/s$/, '')}`;
  const tokens = tokenise(head);
  const first = tokens[0];
  if (!first || DETERMINERS.has(first.low) || isPlural(tokens) || /^\d/.test(head)) return name;
  const proper =
    ['FirstName', 'LastName', 'Person', 'Place', 'Organization'].some((tag) => first.tags.has(tag)) ||
    (tokens.length > 1 && tokens.every(({ text }) => /^\p{Lu}/u.test(text)));
  return proper ? head : `the ${name}`;
}

function inSentence(text: string): string {
  const [first, ...rest] = tokenise(text);
  return first ? [lowerFirst(first), ...rest.map((token) => token.text)].join(' ') : text;
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
