import type { Asked } from './forms/forms.ts';
import { IMPERATIVES } from './words/lexicon.ts';
import { dangles } from './words/persons.ts';
import { isPlural } from './words/heads.ts';
import { lowerFirst } from './words/clause.ts';
import { tokenise } from './words/tokens.ts';
import { names, type Topic } from './words/topic.ts';
import { tagged } from './forms/trust.ts';
import { kindOf } from './section-answers.ts';

/** The questions that a section's heading asks: its statements are the answer. */

const SECTIONS: readonly (readonly [RegExp, (topic: string) => HeadingQuestion[]])[] = [
  [/^(?:(?:signs|symptoms)(?: and (?:signs|symptoms))?)$/i, (x) => part('symptoms', `the symptoms of ${x}`)],
  [/^causes?$/i, (x) => outright(`what causes ${x}`, `what causes ${x}`, `the causes of ${x}`)],
  [/^(?:treatments?|therapy|management)$/i, (x) => done('treat', x)],
  [/^diagnosis$/i, (x) => done('diagnose', x)],
  [
    /^(?:prevention|preventing)$/i,
    (x) => outright(`how can I prevent ${x}`, `how to prevent ${x}`, `the prevention of ${x}`),
  ],
  [/^(?:outlook|prognosis)$/i, (x) => part('outlook', `the outlook for ${x}`)],
];

/** What is asked of a text; a pattern is one. */
type Says = Pick<RegExp, 'test'>;

/** Wordings of the passage's heading as a question; none where it names too little. */
export interface HeadingQuestion {
  gaps: Asked[];
  /** What the first statement of an answer must say; any where it is absent. */
  answeredBy?: Says;
  /** What some part of an answer must say. */
  speaksOf?: Says;
  /** What each statement must say: the answer ends before the first that doesn't. */
  keepsTo?: Says;
}

/** The strictest first: outright, about the section's part of the topic, about the topic at large. */
export function headingGaps({ path, condition, name }: Topic, passage: string): HeadingQuestion[] {
  const heading = (path.at(-1) ?? '')
    .replace(/\s+([?.!])/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
  const title = path[0] ?? '';
  if (heading === '' || heading.split(' ').length > 14 || /[|<>{}[\]]/.test(heading)) return [];
  // "What are the treatments for Surviving Cancer?" is asked by a form, not by people.
  if (heading.endsWith('?') && /^\w+ing /i.test(title) && heading.toLowerCase().includes(title.toLowerCase()))
    return [];
  if (heading.endsWith('?')) return around(asked(heading.replace(/[\s?]+$/, ''), condition ?? name), condition);
  const section = condition === undefined ? undefined : SECTIONS.find(([pattern]) => pattern.test(heading))?.[1];
  if (section && condition !== undefined) return around(section(condition), condition);
  const named = byWord(heading);
  if (named.length > 0) return [{ gaps: named }];
  const about = path.length > 1 && heading !== title ? heading : (condition ?? title);
  return isName(about) && mentioned(about, passage) ? [{ gaps: onSubject(about, passage) }] : [];
}

/** The section's own questions, with what its sections often say beside them. */
function around(own: HeadingQuestion[], condition: string | undefined): HeadingQuestion[] {
  if (condition === undefined) return own;
  const treats = own.some(({ gaps }) => /\b(?:treat|research)/.test(gaps[0]?.direct ?? ''));
  const large = { gaps: tagged('large', onThing(condition)), speaksOf: naming(condition) };
  const asksLarge = own.some(({ gaps }) => gaps[0]?.direct === large.gaps[0]?.direct);
  return [...(treats ? [trials(condition)] : []), ...own, ...(asksLarge ? [] : [large])];
}

/** What sections on treatment say of trials answers "How is X treated?" badly. */
const trials = (of: string): HeadingQuestion => ({
  gaps: tagged('part', onThing(`clinical trials for ${of}`)),
  answeredBy: TRIALS,
  keepsTo: /trial|research|(?:new|standard) treatment|taking part|join|studies|listing/i,
});
export const TRIALS = /(?<!, (?:clinical )?)\btrials?\b/i;

/** Words that name the topic: its own, or its initials. */
const naming = (condition: string): Says => ({ test: (text) => names(text, condition) });

/** "What are the treatments for X", "How do I return a bike". */
function asked(text: string, condition: string | undefined): HeadingQuestion[] {
  const studied = /^(?:what|how) research\b.*? for (.+)$/i.exec(text.replace(/\s*\(.*?\)/g, ''))?.[1];
  if (studied !== undefined) return open(`research on ${named(studied, condition)}`, 'research');
  const plain = text
    .replace(/\bis \(are\)/i, 'is')
    .replace(/\s*\(.*?\)/, '')
    .replace(/\s+/g, ' ')
    .trim();
  if (
    dangles(plain) ||
    plain.split(' ').length < 3 ||
    (/\b(?:your|you|my|I)\b/.test(plain) && /\b(?:our|we)\b/.test(plain))
  )
    return [];
  const low = named(plain.charAt(0).toLowerCase() + plain.slice(1), condition);
  const inherited = /^is (.+) inherited$/i.exec(low)?.[1];
  if (inherited !== undefined)
    return outright(`how is ${inherited} inherited`, `how ${inherited} is inherited`, `how ${inherited} is inherited`);
  const [, wh = '', be = '', thing = ''] = /^(what|who|where) (is|are) (.+)$/i.exec(low) ?? [];
  const risk = /^at risk (?:for|of) (.+)$/.exec(thing)?.[1];
  if (risk !== undefined) return outright(low, low, `the risk of ${risk}`);
  if (wh === 'what') return ofThing(thing, be);
  if (wh !== '') return strict(low, `${wh} ${thing} ${be}`);
  const caused = /^what causes (.+)$/i.exec(low)?.[1];
  if (caused !== undefined) return outright(low, low, `the causes of ${caused}`);
  if (
    /^(?:what|which|who) (?:\S+ )?(?:causes?|happens|helps|makes|triggers|increases|affects|can|should|must|may)\b/i.test(
      low,
    )
  )
    return strict(low, low);
  const how = /^how to (.+)$/i.exec(low)?.[1] ?? /^how (?:do|can|should) (?:I|you|we) (.+)$/i.exec(low)?.[1];
  if (how === undefined) return [];
  const mine = how.replace(/\byour\b/g, 'my');
  const [, verb, what = ''] = /^(diagnose|treat|prevent) (.+)$/.exec(mine) ?? [];
  if (verb === 'diagnose' || verb === 'treat') return done(verb, what);
  return verb === 'prevent'
    ? outright(`how can I ${mine}`, `how to ${mine}`, `the prevention of ${what}`)
    : strict(`how can I ${mine}`, `how to ${mine}`);
}

/** "What is X", "What are the symptoms of X". */
function ofThing(thing: string, be: string): HeadingQuestion[] {
  const piece = /^(?:the )?(\w+(?: \w+)?) (?:of|for) .+$/.exec(thing)?.[1];
  if (piece !== undefined && kindOf(piece)) return part(piece, thing);
  const about = [{ gaps: tagged('large', onThing(thing)) }];
  if (piece !== undefined || isPlural(tokenise(thing)) !== (be === 'are')) return about;
  const name = thing.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const whole = new RegExp(`^(?:an? )?${name}\\b[^.]{0,60}? (?:is|are|refers|describes)\\b`, 'i');
  return [
    {
      gaps: [{ direct: `what ${be} ${thing}`, embedded: `what ${thing} ${be}`, names: true, form: 'section' }],
      answeredBy: whole,
    },
    ...about,
  ];
}

const strict = (direct: string, embedded: string, kind = kindOf(direct)): HeadingQuestion[] => [
  { gaps: [{ direct, embedded, names: true, form: 'section' }], answeredBy: kind?.opens ?? /./ },
];
const open = (about: string, kind: string): HeadingQuestion[] => {
  const speaksOf = kindOf(kind)?.speaksOf;
  return [{ gaps: tagged('part', onThing(about)), ...(speaksOf && { speaksOf }) }];
};
const outright = (direct: string, embedded: string, about: string): HeadingQuestion[] => [
  ...strict(direct, embedded),
  ...open(about, direct),
];

function part(kind: string, thing: string): HeadingQuestion[] {
  const { direct, embedded = direct } = both(thing, isPlural(tokenise(kind)));
  return [...strict(direct, embedded, kindOf(kind)), ...open(thing, kind)];
}

function done(verb: 'treat' | 'diagnose', thing: string): HeadingQuestion[] {
  const be = isPlural(tokenise(thing)) ? 'are' : 'is';
  const participle = verb === 'treat' ? 'treated' : 'diagnosed';
  const noun = verb === 'treat' ? 'treatment' : 'diagnosis';
  return outright(`how ${be} ${thing} ${participle}`, `how ${thing} ${be} ${participle}`, `the ${noun} of ${thing}`);
}

/** "What to wear", "When a machine breaks", "How to pay". */
function byWord(heading: string): Asked[] {
  const low = heading.charAt(0).toLowerCase() + heading.slice(1);
  const to = /^(what|how) to (\p{L}.*)$/iu.exec(low);
  if (to && !/\b(?:expect)\b/.test(to[2]!)) {
    const you = to[2]!.replace(/\byour\b/g, 'my').replace(/\byou\b/g, 'I');
    const lead = to[1] === 'how' ? 'how can I' : `${to[1]} should I`;
    return [{ direct: `${lead} ${you}`, embedded: `${to[1]} to ${you}`, names: true }];
  }
  const [verb, second] = low.split(' ');
  if (
    IMPERATIVES.has(verb ?? '') &&
    second !== undefined &&
    /^(?:your|an?|the|it|another|two|more|all|one|what)$/.test(second)
  ) {
    const mine = low.replace(/\byour\b/g, 'my').replace(/\byou\b/g, 'I');
    return [{ direct: `how can I ${mine}`, embedded: `how to ${mine}`, names: true }];
  }
  if (/^(?:if|when) (?:an?|the|your|you) /.test(low)) {
    const mine = low
      .replace(/\byour\b/g, 'my')
      .replace(/\byou are\b/g, 'I am')
      .replace(/\byou\b/g, 'I');
    return [
      {
        direct: `what happens ${mine}`,
        embedded: `what happens ${mine}`,
        names: true,
      },
      { direct: `what should I do ${mine}`, embedded: `what to do ${mine}`, names: true },
    ];
  }
  return [];
}

/** The topic in the spelling of running text: "Skin Cancer" -> "skin cancer". */
function named(text: string, condition: string | undefined): string {
  if (condition === undefined) return text;
  const at = text.toLowerCase().indexOf(condition.toLowerCase());
  return at < 0 ? text : text.slice(0, at) + condition + text.slice(at + condition.length);
}

function mentioned(heading: string, passage: string): boolean {
  const text = passage.toLowerCase();
  return (heading.toLowerCase().match(/\p{L}{4,}/gu) ?? []).some((word) =>
    text.includes(word.replace(/(?:s|ing)$/, '')),
  );
}

const onSubject = (heading: string, passage: string): Asked[] => {
  const tokens = tokenise(heading);
  const plain = tokens.map((token) => (/^\p{Lu}\p{Ll}+$/u.test(token.text) ? lowerFirst(token) : token.text)).join(' ');
  const text = passage.toLowerCase();
  const count =
    text.includes(`the ${plain.toLowerCase()}`) ||
    (tokens.length > 1 && text.includes(`the ${tokens.at(-1)!.low}`) && !isPlural(tokens));
  return onThing(count ? `the ${plain}` : plain);
};

/** Open questions about what is named as running text would. */
const onThing = (named: string): Asked[] => [
  { direct: `what should I know about ${named}`, names: true },
  { direct: `what can you tell me about ${named}`, names: true },
  { direct: `could you tell me about ${named}`, names: true },
  { direct: `please tell me about ${named}`, names: true },
  { direct: `how would you sum up the main points on ${named}`, names: true },
];

/** A short noun phrase of plain words. */
function isName(heading: string): boolean {
  const words = heading.split(' ');
  if (
    words.length > 6 ||
    /[:;,.!?/()\d#&]|^(?:key points|overview|introduction|summary|notes?|more|other|general|details|about|faq|miscellaneous|appendix|references|see also|background|limits|test|readme|contents|further reading)\b/i.test(
      heading,
    )
  )
    return false;
  const tokens = tokenise(heading);
  const last = tokens.at(-1);
  if (IMPERATIVES.has(tokens[0]?.low ?? '') && tokens.length > 1) return false;
  return (
    tokens.length > 0 &&
    last !== undefined &&
    last.tags.has('Noun') &&
    !tokens.some(({ tags, low }) => tags.has('QuestionWord') || ['is', 'are', 'can', 'do'].includes(low))
  );
}

function both(what: string, plural = isPlural(tokenise(what))): Asked {
  const be = plural ? 'are' : 'is';
  return { direct: `what ${be} ${what}`, embedded: `what ${what} ${be}`, names: true };
}
