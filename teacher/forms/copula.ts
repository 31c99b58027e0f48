import type { Asked } from './forms.ts';
import { defines, isNamed } from './noun-phrases.ts';
import { actionGaps } from './gaps.ts';
import { type Scene, startsWithPreposition } from './scene.ts';
import { BE, ROLES } from '../words/lexicon.ts';
import { AMOUNT, isTemporal, LONG, rule, SCALE, TIME } from '../words/measures.ts';

const EFFECTIVE = rule(`${AMOUNT} percent (\\w+)\\b ?(.*)`);
const TALL = rule(`${AMOUNT} (?:${TIME}|${SCALE}) (${LONG})\\b ?(.*)`);
const RATE = rule(`(\\w+) ${AMOUNT} (${TIME}) ((?:a|per) ${TIME})`);
const COMMON =
  /^(?:very |quite )?(?:common|rare|frequent|likely)(?: ((?:in|with|for|during|after|before|among|at|on|when) .*))?$/i;
const THAN = /^(?:much )?(?:\w+er|more \w+|less \w+) than (.+)$/i;
const RICH = /^(rich|high|low) in /i;
const ALL_DAY = /^(\w+) (?:all (?:day|night|year|week)|at all times|every \w+)\b.*$/i;
const ONE_OF_A_KIND =
  /^the (?:\w+ )?(?:average|only|most|main|best|first|last|usual|normal|typical|total|minimum|maximum|highest|lowest|\w+est)\b/i;

/** What can be asked about a clause whose verb is `be`, best first. */
export const copulaGaps = (scene: Scene): Asked[] =>
  gapsOfBe(scene).map((gap) => ({
    ...gap,
    form: gap.form ?? (gap.names && defines(scene.forms) ? 'meaning' : 'phrase'),
  }));

function gapsOfBe(scene: Scene): Asked[] {
  const { forms, rest, parts } = scene;
  const { subject, auxiliary, negated } = forms.clause;
  if (negated || subject.startsWith('only ')) return [];
  const timed = actionGaps(scene).filter(({ direct }) => !direct.startsWith('where'));
  if (!BE.has(auxiliary)) return timed;

  const [, quality, terms = ''] = EFFECTIVE.exec(rest) ?? TALL.exec(rest) ?? [];
  if (quality) return [forms.ask(`how ${quality}`, terms, { adverbs: '' })];
  const [, state = '', unit = '', per = ''] = RATE.exec(rest) ?? [];
  if (state) return [forms.ask(`how many ${unit} ${per}`, state)];
  const common = COMMON.exec(rest);
  if (common && !(common[1]?.startsWith('for ') && timed.length > 0)) {
    const setting = common[1] ?? '';
    const when = isTemporal(parts[1] ?? '') ? [forms.ask('when', parts[0]!)] : [];
    return [...when, forms.ask('how common', setting, { adverbs: '' })];
  }
  const rival = THAN.exec(rest)?.[1];
  if (rival && !/ to \p{L}/u.test(rival)) {
    const verb = auxiliary === 'is' ? ['does', 'compares'] : ['do', 'compare'];
    return [
      {
        direct: `how ${verb[0]} ${subject} compare with ${rival}`,
        embedded: `how ${subject} ${verb[1]} with ${rival}`,
      },
    ];
  }
  const rich = RICH.exec(rest)?.[1];
  if (rich) return [forms.ask('what', `${rich} in`)];
  const open = ALL_DAY.exec(rest)?.[1];
  if (open) return [forms.ask('when', open)];
  if (timed.length > 0 && !isNounPhrase(scene)) return timed;
  const role = roleGap(scene);
  if (role) return [{ ...role, form: 'subject' }];
  if (!isNounPhrase(scene)) return timed;
  return isNamed(scene.tokens) &&
    !/^(?:another|other|the (?:first|second|third|last|same|other|reason|result))\b/.test(rest)
    ? definitionGaps(scene)
    : [];
}

/** "X is a common sign of Y" asks for X: "What is a common sign of Y?". */
function roleGap({ forms, rest, parts }: Scene): Asked | undefined {
  if (/^(?:the )?(?:first|second|third|other|another|one|same|only|an? (?:good|great|bad))\b/.test(rest))
    return undefined;
  const head =
    (parts[0] ?? '')
      .split(/ (?:of|that|which|like|with) /)[0]!
      .split(' ')
      .at(-1) ?? '';
  if (
    /\bpart$/.test(head) ||
    /^an? (?:\S+ ){0,2}(?:type|place|way|part|example)\b|^an? \S+ that\b|^(?:examples|two|three|four|five|several|many)\b/.test(
      rest,
    )
  )
    return undefined;
  const single = head.replace(/s$/, '');
  if (!ROLES.has(single) || startsWithPreposition(parts[0] ?? '')) return undefined;
  const { adverbs } = forms.clause;
  const be = single === head ? 'is' : 'are';
  const kept = adverbs === '' ? '' : `${adverbs} `;
  return { direct: `what ${be} ${kept}${rest}`, embedded: `what ${rest} ${kept}${be}` };
}

function definitionGaps(scene: Scene): Asked[] {
  const { forms } = scene;
  const { subject, head, animate } = forms.clause;
  const role = ROLES.has(head.replace(/s$/, ''));
  if (/^an? /.test(subject) && /^the\b/.test(scene.rest)) return [];
  if (
    animate ||
    (/^(?:the|every|each|all|some|many|most|any|no)\b/i.test(subject) && !ONE_OF_A_KIND.test(subject) && !role)
  )
    return [];
  const what: Asked = { ...forms.ask('what', '', { adverbs: '' }), names: true };
  if (role || ONE_OF_A_KIND.test(subject) || /^\p{Lu}\p{Ll}+$/u.test(subject) || subject.split(' ').length > 5)
    return [what];
  return [
    what,
    { direct: `what is meant by ${subject}`, embedded: `what is meant by ${subject}`, names: true },
    { direct: `how would you describe ${subject}`, names: true, said: true },
  ];
}

function isNounPhrase({ tokens, parts }: Scene): boolean {
  const number = tokens.findIndex(({ tags }) => tags.has('Value'));
  const length = Math.min((parts[0] ?? '').split(' ').length, number > 0 ? number : Infinity);
  const head = tokens.slice(0, length).findLast(({ low }) => low !== '');
  const article = ['a', 'an', 'the', 'one'].includes(tokens[0]?.low ?? '');
  return (
    article ||
    (head !== undefined && !head.tags.has('Adjective') && !head.tags.has('Comparative') && !head.tags.has('Adverb'))
  );
}
