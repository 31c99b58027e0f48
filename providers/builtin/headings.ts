import type { Asked } from './forms.ts';
import { IMPERATIVES } from './lexicon.ts';
import { dangles } from './persons.ts';
import { isPlural } from './heads.ts';
import { lowerFirst } from './clause.ts';
import { tokenise } from './tokens.ts';
import type { Topic } from './referents.ts';

/** The question that a section's heading asks: its first statements are the answer. */

const SECTIONS: readonly (readonly [RegExp, (topic: string) => Asked[]])[] = [
  [/^(?:(?:signs|symptoms)(?: and (?:signs|symptoms))?)$/i, (x) => [both(`the symptoms of ${x}`, true)]],
  [/^causes?$/i, (x) => [{ direct: `what causes ${x}`, embedded: `what causes ${x}` }]],
  [
    /^(?:treatments?|therapy|management)$/i,
    (x) => [{ direct: `how is ${x} treated`, embedded: `how ${x} is treated` }, both(`the treatments for ${x}`, true)],
  ],
  [/^diagnosis$/i, (x) => [{ direct: `how is ${x} diagnosed`, embedded: `how ${x} is diagnosed` }]],
  [/^(?:prevention|preventing)$/i, (x) => [{ direct: `how can I prevent ${x}`, embedded: `how to prevent ${x}` }]],
  [/^(?:outlook|prognosis)$/i, (x) => [both(`the outlook for ${x}`, false)]],
];

/** Wordings of the passage's heading as a question; none where it names too little. */
export interface HeadingQuestion {
  gaps: Asked[];
  /** What the first statement of an answer must say; any where it is absent. */
  answeredBy?: RegExp;
  /** What some part of an answer must say. */
  speaksOf?: RegExp;
}

export function headingGaps({ path, condition }: Topic, passage: string): HeadingQuestion[] {
  const heading = (path.at(-1) ?? '')
    .replace(/\s+([?.!])/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
  const title = path[0] ?? '';
  if (heading === '' || heading.split(' ').length > 14 || /[|<>{}[\]]/.test(heading)) return [];
  if (heading.endsWith('?')) return asked(heading.replace(/\?+$/, '').trim(), condition);
  const section = condition === undefined ? undefined : SECTIONS.find(([pattern]) => pattern.test(heading))?.[1];
  if (section && condition !== undefined) return [{ gaps: section(condition), answeredBy: keyOf(heading) ?? /./ }];
  const named = byWord(heading);
  if (named.length > 0) return [{ gaps: named }];
  const about = path.length > 1 && heading !== title ? heading : (condition ?? title);
  return isName(about) && mentioned(about, passage) ? [{ gaps: onSubject(about, passage) }] : [];
}

/** "What are the treatments for X", "How do I return a bike". */
function asked(text: string, condition: string | undefined): HeadingQuestion[] {
  const plain = text
    .replace(/\bis \(are\)/i, 'is')
    .replace(/\b(?:what|how) research .*|\(.*?\)/i, (part) => (part.startsWith('(') ? '' : part))
    .replace(/\s+/g, ' ')
    .trim();
  if (
    dangles(plain) ||
    plain.split(' ').length < 3 ||
    (/\b(?:your|you|my|I)\b/.test(plain) && /\b(?:our|we)\b/.test(plain))
  )
    return [];
  const low = named(plain.charAt(0).toLowerCase() + plain.slice(1), condition);
  const be = /^(what|who|where) (is|are) (.+)$/i.exec(low);
  if (be) {
    const thing = be[3]!;
    const part = /^(?:the )?(\w+(?: \w+)?) (?:of|for) .+$/.exec(thing)?.[1];
    const key = part === undefined ? undefined : keyOf(part);
    const about = onSubject(thing, '');
    const name = thing.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    if (be[1] !== 'what')
      return [
        {
          gaps: [
            {
              direct: low,
              embedded:
                be[1] === 'who' && thing.startsWith('at risk') ? `who is ${thing}` : `${be[1]} ${thing} ${be[2]}`,
              names: true,
            },
          ],
          answeredBy: keyOf(thing) ?? /./,
        },
      ];
    if (part === undefined && (be[1] !== 'what' || isPlural(tokenise(thing)) !== (be[2] === 'are')))
      return [{ gaps: about }];
    const gaps = [{ direct: low, embedded: `${be[1]} ${thing} ${be[2]}`, names: true }];
    const whole = new RegExp(`^(?:an? )?${name}\\b[^.]{0,60}? (?:is|are|refers|describes)\\b`, 'i');
    return [
      { gaps, answeredBy: key ?? (part === undefined ? whole : /^$/) },
      { gaps: about, ...(key && { speaksOf: key }) },
    ];
  }
  const own =
    /^(what|which|who) ((?:\S+ )?(?:causes?|happens|helps|makes|triggers|increases|affects|can|should|must|may)\b.*)$/i.exec(
      low,
    );
  if (own) return [{ gaps: [{ direct: low, embedded: low, names: true }], answeredBy: keyOf(low) ?? /./ }];
  const how = /^how to (.+)$/i.exec(low)?.[1] ?? /^how (?:do|can|should) (?:I|you|we) (.+)$/i.exec(low)?.[1];
  if (how) {
    const mine = how.replace(/\byour\b/g, 'my');
    const done = /^(diagnose|treat) (.+)$/.exec(mine);
    if (!done)
      return [
        {
          gaps: [{ direct: `how can I ${mine}`, embedded: `how to ${mine}`, names: true }],
          answeredBy: keyOf(mine) ?? /./,
        },
      ];
    const participle = done[1] === 'treat' ? 'treated' : 'diagnosed';
    const be = isPlural(tokenise(done[2]!)) ? 'are' : 'is';
    const gaps = [
      { direct: `how ${be} ${done[2]} ${participle}`, embedded: `how ${done[2]} ${be} ${participle}`, names: true },
    ];
    const noun = done[1] === 'treat' ? 'treatment' : 'diagnosis';
    return [{ gaps, answeredBy: keyOf(mine) ?? /./ }, { gaps: onSubject(`the ${noun} of ${done[2]}`, '') }];
  }
  return [];
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

/** The answer to a question on treatments speaks of treating. */
function keyOf(part: string): RegExp | undefined {
  const keys: readonly [RegExp, RegExp][] = [
    [/treat|therap/i, /treat|therap|surgery|medicin|medication|drug|cure|relie/i],
    [/symptom|sign/i, /symptom|sign|pain|fever|include|may (?:have|feel|cause)/i],
    [/cause/i, /caus|due to|mutation|gene|result|virus|bacteria|when/i],
    [/diagnos/i, /diagnos|test|exam|scan|detect/i],
    [/prevent/i, /prevent|avoid|protect|vaccin|lower|reduc/i],
    [/outlook|prognosis/i, /outlook|prognosis|recover|surviv|live|life|improve/i],
    [/risk/i, /risk|likely|more common|develop/i],
    [/stage/i, /stage|spread/i],
    [/complication/i, /complication|lead to|cause/i],
    [/inherit/i, /inherit|gene/i],
    [/research/i, /research|stud|trial|support/i],
  ];
  return keys.find(([pattern]) => pattern.test(part))?.[1];
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
  const named = count ? `the ${plain}` : plain;
  return [
    { direct: `what should I know about ${named}`, names: true },
    { direct: `what can you tell me about ${named}`, names: true },
    { direct: `could you tell me about ${named}`, names: true },
    { direct: `please tell me about ${named}`, names: true },
    { direct: `how would you sum up the main points on ${named}`, names: true },
  ];
};

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
