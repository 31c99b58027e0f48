import type { Asked, Forms } from './forms.ts';
import type { Reading } from '../words/reading.ts';
import { namesIllness } from '../words/topic.ts';
import { dangles } from '../words/persons.ts';
import { join } from '../words/tokens.ts';

/** Questions under a condition, as advice or as what happens. */
export const conditionGaps = (reading: Reading, forms: Forms): Asked[] =>
  gapsUnder(reading, forms).map((gap) => ({
    ...gap,
    form:
      /^(?:what should|who|how soon)|what should you/.test(gap.direct) && namesIllness(reading.condition?.text ?? '')
        ? 'advice'
        : 'happens',
  }));

/** Questions about what to do, or what happens, under a condition that the sentence names: the condition is kept word for word. */
function gapsUnder({ clause, instruction, condition, front }: Reading, forms: Forms): Asked[] {
  if (
    !condition ||
    front !== '' ||
    /^\w+ (?:\w+ed|used|taken|given|done|caught|found|possible|necessary|needed|not|appropriate|available)\b/.test(
      condition.text,
    )
  )
    return [];
  const { word, text } = condition;
  if (
    !/^(?:if|when|whenever|once|before|after|until|unless)$/.test(word) ||
    text.split(' ').length > 18 ||
    (/ and (?:get|take|use|do|call|see|keep|make|go|tell|ask|have|avoid)\b/.test(text) &&
      /^(?:should|must)$/.test(clause.auxiliary) &&
      clause.subject !== 'you')
  )
    return [];
  const rest = join(clause.rest);
  const told =
    instruction ||
    (clause.subject === 'you' &&
      (/^(?:should|must)$/.test(clause.auxiliary) || /^(?:need|have) to\b/.test(clause.verb)));
  if (word === 'unless' || word === 'until') return [];
  if (told && !clause.negated && clause.adverbs !== 'never') {
    return [
      { direct: `what should you do ${text}`, embedded: `what to do ${text}` },
      ...(word === 'if' ? [{ direct: `${text}, what should you do` }] : []),
      ...delay(rest, clause.verb, text),
      ...whom(clause.verb, text, rest),
      ...(text.length < 60
        ? [{ direct: `how should you react ${text}` }].filter(() =>
            /\b(?:alarm|fire|accident|emergency|noise|symptoms?)\b/.test(text),
          )
        : []),
    ];
  }
  if (told) return [{ direct: `what should you not do ${text}`, embedded: `what not to do ${text}` }];
  if (
    clause.subject === 'you' &&
    clause.auxiliary === 'can' &&
    clause.voice === 'active' &&
    !clause.negated &&
    word === 'if'
  )
    return [{ direct: `what can you do ${text}`, embedded: `what you can do ${text}` }];
  if (clause.voice === 'passive' && clause.verb.endsWith('called')) return [];
  if (word === 'before') return [];
  if (clause.voice === 'copula' && /^(?:most|more|less|worse|best|worst)\b/.test(rest)) return [];
  if (word === 'after' && /^after (?:age )?\S*\d\S*$/.test(text)) return [];
  const happens: Asked[] = [{ direct: `what happens ${text}`, embedded: `what happens ${text}` }];
  const what = word === 'if' ? [{ direct: `what if ${text.replace(/^if /, '')}` }] : [];
  const when =
    /^(?:if|when|whenever|after|once)$/.test(word) &&
    rest.split(' ').length <= 10 &&
    clause.voice !== 'copula' &&
    !dangles(text) &&
    !/^any\b/.test(clause.subject) &&
    !/^(?:depend|have|vary)$/.test(forms.bare)
      ? [forms.ask('when', rest)]
      : [];
  return clause.subject === 'it' || clause.subject.startsWith('there')
    ? [...happens, ...what]
    : [...(isTrailing(when) ? when : []), ...happens, ...what];
}

const isTrailing = (when: readonly Asked[]): boolean =>
  when.every(({ direct }) => !/[;:()]/.test(direct) && direct.split(' ').length <= 16);

const DELAY = /^(.*?)\s*\bwithin ((?:about |at least )?[\w.]+ (?:minutes?|hours?|days?|weeks?|months?))\b/i;

function delay(rest: string, verb: string, text: string): Asked[] {
  const [, kept] = DELAY.exec(rest) ?? [];
  if (kept === undefined || kept.split(' ').length > 6) return [];
  return [
    {
      direct: `how soon should you ${verb} ${kept} ${text}`.replace(/\s+/g, ' '),
      embedded: `how soon you should ${verb} ${kept} ${text}`.replace(/\s+/g, ' '),
    },
  ];
}

const whom = (verb: string, text: string, rest: string): Asked[] =>
  /^(?:call|phone|ring|contact|tell|ask|see)$/.test(verb) &&
  !/\b(?:and|or)\b.*\b(?:go|call|leave|press|wait)\b/.test(rest)
    ? [{ direct: `who should you ${verb} ${text}`, embedded: `who to ${verb} ${text}` }]
    : [];
