import type { Unit } from '../../datasets/units.ts';
import { type Asked, Forms } from './forms.ts';
import { instructionClause, parseClause } from './clause.ts';
import { asAsker, dangles } from './persons.ts';
import { beginsAsTitle, frameOf, plainText, withoutHeading } from './plain.ts';
import { DETERMINERS, PARTNERS, ROLES } from './lexicon.ts';
import { behindTopic, inTopic, names, type Topic } from './referents.ts';
import { type Conjugator, expandNegations, join, tokenise } from './tokens.ts';

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
  const said = items.map((item) => plainText(item.text));
  const answer = `${says.replace(/[:.]$/, '')}: ${joined(said)}`;
  if (answer.split(' ').length > MAX_ANSWER_WORDS) return 'too-long';
  if (!/:$|\b(?:following|includes?|are|is|these|below)\b/i.test(says)) return 'no-safe-question';
  const gaps = leadInGaps(frameOf(says).replace(/[\s:.]+$/, ''), verbs).flatMap((gap) => {
    const about =
      /^when should you\b/.test(gap.direct) && topic.condition !== undefined && !names(gap.direct, topic.condition);
    const direct = asAsker(about ? `${gap.direct} about ${topic.condition}` : inTopic(gap.direct, topic));
    if (direct === undefined || dangles(direct) || direct.split(' ').length > 24) return [];
    const embedded = gap.embedded === undefined || about ? undefined : asAsker(behindTopic(gap.embedded, topic));
    return [{ direct, ...(embedded !== undefined && { embedded }) }];
  });
  return gaps.length === 0 ? 'no-safe-question' : { gaps, answer, units: [lead, ...items] };
}

function joined(items: readonly string[]): string {
  const whole =
    items.some((item) => /[.!?]$/.test(item) && item.split(' ').length > 6) || items.some((item) => /[;,]/.test(item));
  const parts = items.map((item) => item.replace(/[.;,]+$/, ''));
  if (whole) return `${parts.join('; ')}.`;
  return parts.length < 2 ? `${parts.join('')}.` : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}.`;
}

/** What a sentence that ends in a list asks for: "Bring the following to your induction" -> "What should I bring to my induction?" */
export function leadInGaps(says: string, verbs: Conjugator): Asked[] {
  const following = /^(?:the )?following (.+)$/i.exec(says)?.[1];
  if (following) return which(following, verbs);
  if (/^(?:if|when)\b/i.test(says)) {
    const text = says.charAt(0).toLowerCase() + says.slice(1);
    return text.includes(',') ? [] : [{ direct: `what should you do ${text}`, embedded: `what to do ${text}` }];
  }
  const when = /^(.{8,60}?) (?:if|when) (?:you|there|any|the|a|an)\b.*\b(?:the following|these)\b.*$/i.exec(says)?.[1];
  if (when) {
    const clause = instructionClause(tokenise(expandNegations(when)));
    return clause ? [new Forms(clause, verbs).ask('when', join(clause.rest))] : [];
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

function ofClause(bare: string, verbs: Conjugator): Asked[] {
  // A word stands for the list, so that a verb at the end is seen as one.
  const tokens = tokenise(expandNegations(`${bare} things`));
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
