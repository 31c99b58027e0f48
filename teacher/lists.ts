import type { Unit } from '../documents/units.ts';
import { type Asked, Forms } from './forms/forms.ts';
import { instructionClause, parseClause } from './words/clause.ts';
import { asAsker, dangles } from './words/persons.ts';
import { beginsAsTitle, frameOf, plainText, withoutHeading } from './words/plain.ts';
import { ofStage } from './definitions.ts';
import { planSentence } from './plan.ts';
import { DETERMINERS, PARTNERS, ROLES } from './words/lexicon.ts';
import { behindTopic, inTopic, names, type Topic } from './words/topic.ts';
import { tagged } from './forms/trust.ts';
import { type Conjugator, expandNegations, join, tokenise } from './words/tokens.ts';

/** A list with its lead-in, as one fact: the question is the lead-in's, the answer names all items. */
export interface ListFact {
  gaps: Asked[];
  answer: string;
  units: readonly Unit[];
}

const MAX_ANSWER_WORDS = 120;
const OPEN =
  /\s*(?:\b(?:the|any of the|one of the|one or more of the|some of the) following(?: (?:things|items|steps|ones?|points))?|\bthese(?: (?:things|items|steps|points))?|\bas follows|\blike this)$/i;

/** @param lead the unit of the lead-in @param items the units of the list, in order */
export function listFact(
  lead: Unit,
  items: readonly Unit[],
  { verbs, topic }: { verbs: Conjugator; topic: Topic },
): ListFact | 'no-safe-question' | 'too-long' {
  const says = withoutHeading(plainText(lead.text));
  if (beginsAsTitle(says)) return 'no-safe-question';
  // An item that opens a list of its own ends this one.
  const inner = items.findIndex((item, i) => i > 0 && /:$|\bfollowing\W*$/.test(plainText(item.text)));
  if (inner > 0) return listFact(lead, items.slice(0, inner), { verbs, topic });
  const said = items.map((item) => plainText(item.text));
  const answer = `${says.replace(/[:.]$/, '')}: ${joined(said)}`;
  if (answer.split(' ').length > MAX_ANSWER_WORDS) return 'too-long';
  if (!/:$|\b(?:following|includes?|are|is|these|below|if|when|because of|including|as)\b/i.test(says))
    return 'no-safe-question';
  const frame = frameOf(says).replace(/[\s:.]+$/, '');
  const found = [...othersGaps(frame, topic), ...leadInGaps(frame, verbs)];
  const gaps = tagged('list', found.length > 0 ? found : statementGaps(says, { verbs, topic })).flatMap((gap) => {
    const about =
      /^when should you\b/.test(gap.direct) && topic.condition !== undefined && !names(gap.direct, topic.condition);
    if (gap.said) return [gap];
    const direct = asAsker(about ? `${gap.direct} about ${topic.condition}` : inTopic(gap.direct, topic));
    if (direct === undefined || dangles(direct) || direct.split(' ').length > 24) return [];
    const embedded = gap.embedded === undefined || about ? undefined : asAsker(behindTopic(gap.embedded, topic));
    return [{ direct, ...(embedded !== undefined && { embedded }), form: 'list' as const }];
  });
  return gaps.length === 0 ? 'no-safe-question' : { gaps, answer, units: [lead, ...items] };
}

export function joined(items: readonly string[]): string {
  const whole =
    items.some((item) => /[.!?]$/.test(item) && item.split(' ').length > 6) || items.some((item) => /[;,]/.test(item));
  const parts = items.map((item) => item.replace(/[.;,]+$/, ''));
  if (whole) return `${parts.join('; ')}.`;
  return parts.length < 2 ? `${parts.join('')}.` : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}.`;
}

/** "Other symptoms include": some of them, since others stand elsewhere. */
function othersGaps(says: string, { condition }: Topic): Asked[] {
  const [, , things, of] =
    /^(other|these|some|certain|common|possible|further|additional|early|late|among the) ((?:(?!of\b|for\b)[\w-]+ ){0,3}?(?:signs|symptoms|causes|factors|complications|treatments))( (?:of|for|in) .{3,50}?)?(?: (?:may|can|might|could))?(?: (?:also|often))? (?:include|are|be)(?: having)?(?: the following)?$/i.exec(
      says,
    ) ?? [];
  const factors =
    /^((?:[\w-]+ )?(?:factors|causes|ways|things|steps) (?:that|which) .{5,60}?)(?: may| can)? (?:include|are)$/i.exec(
      says,
    )?.[1];
  if (factors !== undefined && !/^(?:other|these|some)\b/i.test(factors)) {
    const named = `the ${factors.charAt(0).toLowerCase()}${factors.slice(1)}`;
    return dangles(`what are ${named}`)
      ? []
      : [{ direct: `what are ${named}`, embedded: `what ${named} are`, said: true }];
  }
  const stage = /^in (stage [IVX\d]+[A-D]?\d?)$/i.exec(says)?.[1];
  if (stage !== undefined && condition !== undefined) return ofStage(stage, condition);
  if (things === undefined || (of === undefined && condition === undefined)) return [];
  const about = `some ${things}${of ?? ` of ${condition}`}`;
  return dangles(about) ? [] : [{ direct: `what are ${about}`, embedded: `what ${about} are`, said: true }];
}

/** A lead-in that says something whole: "Cancer can spread through tissue, the lymph system, and the blood:" */
function statementGaps(says: string, { verbs, topic }: { verbs: Conjugator; topic: Topic }): Asked[] {
  if (!says.endsWith(':') || /\b(?:following|these|below)\b/i.test(says) || says.split(' ').length < 5) return [];
  const planned = planSentence(`${says.slice(0, -1)}.`, { topic, verbs });
  if (planned.status === 'skip' || planned.plan.gaps.every(({ names }) => names === true)) return [];
  return planned.plan.gaps.map((gap) => ({ ...gap, said: true }));
}

/** What a sentence that ends in a list asks for: "Bring the following to your induction" -> "What should I bring to my induction?" */
export function leadInGaps(says: string, verbs: Conjugator): Asked[] {
  const following = /^(?:the )?following (.+)$/i.exec(says)?.[1];
  const [, be, role] = /^(are|may be|can be) (.+)$/i.exec(following ?? '') ?? [];
  if (be !== undefined && role !== undefined)
    return be === 'are' ? [{ direct: `what are ${role}`, embedded: `what ${role} are` }] : [];
  const not = /^(?:do|does) not (\p{L}+) (.+)$/iu.exec(following ?? '');
  if (not) return [{ direct: `what does not ${not[1]} ${not[2]}`, embedded: `what does not ${not[1]} ${not[2]}` }];
  if (following) return which(following, verbs);
  const under = /^(.{8,80}) (?:if|when)$/i.exec(says)?.[1];
  if (under) {
    const clause = parseClause(tokenise(expandNegations(under)), verbs);
    return clause && !/^(?:it|they|this|these|he|she|there)\b/i.test(clause.subject)
      ? [new Forms(clause, verbs).ask('when', join(clause.rest))]
      : [];
  }
  if (/^(?:if|when)\b/i.test(says)) {
    const text = says.charAt(0).toLowerCase() + says.slice(1);
    return text.includes(',') ? [] : [{ direct: `what should you do ${text}`, embedded: `what to do ${text}` }];
  }
  const when = /^(.{8,60}?) (?:if|when) (?:you|there|any|the|a|an)\b.*\b(?:the following|these)\b.*$/i.exec(says)?.[1];
  if (when) {
    const clause = instructionClause(tokenise(expandNegations(when)));
    return clause ? [new Forms(clause, verbs).ask('when', join(clause.rest))] : [];
  }
  const [, front, main] = /^((?:for|in|after|before|during) [^,]{3,40}), (.{6,})$/i.exec(says) ?? [];
  if (front !== undefined && main !== undefined) {
    const low = `${front.charAt(0).toLowerCase()}${front.slice(1)}`;
    return leadInGaps(main, verbs).map(({ direct, embedded }) => ({
      direct: `${low}, ${direct}`,
      ...(embedded !== undefined && { embedded: `${embedded} ${low}` }),
    }));
  }
  const kinds = /^there are (.+)$/i.exec(says)?.[1];
  if (kinds && /^(?:\w+ ){0,3}(?:types?|kinds?|ways|forms|stages|groups|steps|rules|reasons|parts)\b/.test(kinds))
    return [
      { direct: `what are the ${kinds}`, embedded: `what the ${kinds} are` },
      { direct: `which ${kinds} are there`, embedded: `which ${kinds} there are` },
    ];
  if (
    /^(?:the )?(?:two|three|four|five|six|seven|eight|nine|ten|several|some|many|other|these|common|most) .*\b(?:used|needed|required|allowed|available|possible)$/i.test(
      says,
    )
  )
    return which(says.replace(/^(?:the|these) /i, ''), verbs);
  const [, before, things] =
    /^(.{4,80}?) (?:the following|these) ((?:(?:and|or|[a-z-]+) ){0,2}(?:signs|symptoms|problems|complications|effects|changes|types of \w+))$/.exec(
      says,
    ) ?? [];
  if (before !== undefined && things !== undefined) {
    const clause = parseClause(tokenise(expandNegations(`${before} things`)), verbs);
    if (
      !clause ||
      clause.voice !== 'active' ||
      clause.rest.length !== 1 ||
      /^(?:it|they|this|these|he|she|you|we)$/i.test(clause.subject)
    )
      return [];
    return [new Forms({ ...clause, rest: [] }, verbs).ask(`which ${things}`, '')];
  }
  const bare = says
    .replace(OPEN, '')
    .replace(/\bthe following(?: (?:things|items))?\b/i, '')
    .replace(/\s+/g, ' ')
    .trim();
  const tokens = tokenise(expandNegations(bare));
  const instruction = instructionClause(tokens);
  if (instruction) {
    if (!/^(?:bring|wear|check|use|include|avoid)$/.test(instruction.verb)) return [];
    return [new Forms(instruction, verbs).ask('what', join(instruction.rest))];
  }
  return ofClause(bare, verbs);
}

/** A lead-in whose verbs are the items'. */
const LACKS_VERB =
  /\b(?:can|could|may|might|must|shall|should|will|would|(?:need|needs|have|has|ought) to)(?: (?:not|never|always|also|first))?$/i;

function ofClause(bare: string, verbs: Conjugator): Asked[] {
  // "The mechanic must: check both brakes": what must the mechanic do?
  const doing = LACKS_VERB.test(bare) ? `${bare} do` : bare;
  // A word stands for the list, so that a verb at the end is seen as one.
  const tokens = tokenise(expandNegations(`${doing} things`));
  const clause = parseClause(tokens, verbs);
  if (
    !clause ||
    clause.subjectTokens.length > 14 ||
    /^(?:it|they|this|these|he|she|you|we|here)$/i.test(clause.subject)
  )
    return [];
  const rest = clause.rest.slice(0, -1);
  const forms = new Forms({ ...clause, rest }, verbs);
  const kept = join(rest);
  if (rest.length > 6) return [];
  const role = ROLES.has(clause.head.replace(/s$/, ''));
  if (kept === 'because of') return [forms.ask('why', '')];
  if (clause.voice === 'copula' && clause.verb === '' && rest.length === 0)
    return [{ ...forms.ask('what', '', { adverbs: '' }) }];
  const partner = PARTNERS.get(clause.verb);
  if (clause.voice === 'active' && (rest.length === 0 || kept === partner)) {
    if (clause.verb !== 'include') return [forms.ask('what', kept)];
    const the =
      DETERMINERS.has(clause.subjectTokens[0]?.low ?? '') || /^(?:your|our)\b/.test(clause.subject) ? '' : 'the ';
    const what = { direct: `what are ${the}${clause.subject}`, embedded: `what ${the}${clause.subject} are` };
    return [...(role && clause.plural ? [what] : []), forms.ask('what', '')];
  }
  if (
    clause.voice === 'active' &&
    /^(?:an? )?(?:\w+ )?(?:risk|chance|history|sign|signs|symptoms|number) of(?: having)?$/.test(kept)
  )
    return [forms.ask('what', kept)];
  if (clause.voice === 'passive' && /^(?:of|with|to|from|by|into|in|on|for|at)$/.test(kept))
    return [forms.ask('what', kept)];
  return [];
}

/** "The following risk factors increase the risk of X" -> "Which risk factors increase the risk of X?" */
function which(rest: string, verbs: Conjugator): Asked[] {
  const text = rest.charAt(0).toLowerCase() + rest.slice(1);
  const clause = parseClause(tokenise(expandNegations(text)), verbs);
  if (!clause || /^(?:are|is|may|can)?$/.test(text.split(' ')[0] ?? '')) return [];
  return [
    { direct: `which ${text}`, embedded: `which ${text}` },
    ...(clause.subjectTokens.length <= 3 ? [] : []),
    { direct: `what ${text}`, embedded: `what ${text}` },
  ];
}
