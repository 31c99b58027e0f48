import type { Clause } from './words/clause.ts';
import { conditionGaps } from './forms/conditions.ts';
import { copulaGaps } from './forms/copula.ts';
import type { Asked, Forms } from './forms/forms.ts';
import { actionGaps } from './forms/gaps.ts';
import { instructionGaps } from './forms/instructions.ts';
import { isTemporal } from './words/measures.ts';
import { predicateGaps, reasonGap } from './forms/predicates.ts';
import type { Reading } from './words/reading.ts';
import { sceneOf } from './forms/scene.ts';
import { thereGaps } from './forms/there.ts';
import { join } from './words/tokens.ts';
import { isInstitution, names, namesIllness, type Topic } from './words/topic.ts';
import { topicGaps } from './topics.ts';
import { tagged } from './forms/trust.ts';

/** What a clause can be asked, with what stands before it. */

/** A longer question keeps more of a long sentence than can be sure to hang together. */
const MAX_PLAIN_WORDS = 13;

export function gapsOf(
  reading: Reading,
  forms: Forms,
  { there, frame, topic }: { there: boolean; frame: string; topic: Topic },
): Asked[] {
  const { clause, instruction, condition, front } = reading;
  if (there) return tagged('there', thereGaps(clause, front));
  const conditional = conditionGaps(reading, forms);
  if (instruction) return condition ? conditional : tagged('instruction', instructionGaps(reading, forms));
  const hedged =
    (clause.negated && /\bonly\b/.test(clause.adverbs)) ||
    /\b(?:rarely|seldom|never|hardly)\b/.test(clause.adverbs) ||
    (clause.negated && clause.auxiliary === 'may');
  if (condition) return conditional.map((gap) => scoped(gap, gap.form === 'happens' ? frame : ''));
  const simple = isSimple(clause) && !hedged ? simpleGaps(reading, forms) : [];
  const robust = hedged
    ? []
    : [...tagged('reason', reasonGap(forms)), ...(simple.length > 0 ? [] : predicateGaps(forms))];
  const about =
    clause.subject === 'you' || clause.subject === 'we'
      ? []
      : tagged(clause.subject === topic.condition ? 'whole' : 'topic', topicGaps(clause, topic));
  const unclear = !topic.plain && pointsBack(clause, topic);
  const direct = [...simple, ...robust].map((gap) => {
    const odd =
      (unclear && (gap.names || !UNIQUE.test(clause.subject))) ||
      (!topic.plain && gap.direct.split(' ').length > MAX_PLAIN_WORDS);
    return scoped(odd ? { ...gap, form: 'object' } : gap, frame);
  });
  // Such a rule has asked for the front phrase itself: "when does it go away" from "after birth, it goes away".
  if (simple.length > 0 && isTemporal(front)) return direct;
  if (/^to\b/.test(front))
    return /^(?:the |an? )?(?:doctor|surgeon|provider|nurse|scientist|researcher)s?\b/.test(clause.subject)
      ? []
      : tagged('front', [
          { direct: `how can you ${front.slice(3)}`, embedded: `how you can ${front.slice(3)}` },
          { direct: `what should you do ${front}` },
        ]);
  const fronted =
    front === ''
      ? direct
      : direct.flatMap((gap) => (gap.names === true && clause.voice === 'copula' ? [] : withFront(gap, front)));
  return fronted.length > 0 ? fronted : about.map((gap) => scoped(gap, frame));
}

/** "The most common symptom": of the illness that the question names beside it. */
const UNIQUE = /^the (?:\S+ ){0,2}(?:most|main|best|only|usual|\S+est)\b/;

/** "The X-ray can show ...": one that was spoken of before. */
const pointsBack = ({ subject, head }: Clause, { condition, known }: Topic): boolean =>
  /^the \S+['\u2019]s |^an? .* the |^(?:available|approximately|about|nearly|over|almost|commonly)\b/.test(subject) ||
  (subject.startsWith('the ') &&
    !known.has(head.replace(/s$/, '')) &&
    !isInstitution(head) &&
    !(condition !== undefined && names(subject, condition)));

/** Rules that leave one phrase out and keep the rest read the whole clause: they need a short and plain one. */
function simpleGaps(reading: Reading, forms: Forms): Asked[] {
  const { front } = reading;
  const clause = forms.clause;
  if (front !== '' && !isTemporal(front)) return [];
  const scene = sceneOf(forms, front);
  return clause.voice === 'copula' ? copulaGaps(scene) : actionGaps(scene);
}

const TWO_AMOUNTS =
  /(?<!\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten)) and (?:\d|(?:two|three|four|five|six|seven|eight|nine|ten)\b)/;

function isSimple({ rest, subjectTokens }: Clause): boolean {
  const text = join(rest);
  // A second amount belongs to something else: "two years on parts and five years on the frame".
  if (!/\bbetween\b[^,]*\band\b/.test(text.split(/ and (?:up to|about|over) /)[0]!) && TWO_AMOUNTS.test(text))
    return false;
  if (/ and (?:up to|about|over) /.test(text)) return false;
  if (rest.length > 15 || subjectTokens.length > 9 || /[:;()\u2014"\u201c\u201d]|--/.test(text)) return false;
  if (
    /,(?! (?:[\w-]+ ){0,2}[\w-]+(?:,| (?:and|or)\b))/.test(text) ||
    /\b(?:which|who|whose|although|while|because|so that|but)\b/.test(text)
  )
    return false;
  return (
    !/\b(?:and|or|but)\b(?: \w+)? (?:does|do|did|is|are|was|were|can|has|have|should|must|will|may)\b/.test(text) &&
    !jointVerb(rest)
  );
}

/** "removes X and keeps Y": two verbs, of which a question would lose one. */
const jointVerb = (rest: Clause['rest']): boolean =>
  rest.some(({ tags, low }, i) => {
    const joined = ['and', 'or', 'but'].includes(rest[i - 1]?.low ?? '');
    return (
      joined &&
      (tags.has('PresentTense') || tags.has('Infinitive')) &&
      !tags.has('Gerund') &&
      i + 1 < rest.length &&
      low.length > 2 &&
      !tags.has('Plural')
    );
  });

/** "In some people, ...": behind a short question, and before any. */
function withFront(gap: Asked, front: string): Asked[] {
  if (/\b(?:both|either|such)\b/.test(front)) return [];
  if (/^(?:unlike|like|despite|according|by|because|as|along|besides|instead|thanks|due|regardless)\b/.test(front))
    return [gap];
  if (/^to\b/.test(front))
    return tagged('front', [{ direct: `how can you ${front.slice(3)}`, embedded: `how you can ${front.slice(3)}` }]);
  const short = front.split(' ').length <= 6;
  const behind = {
    form: 'front' as const,
    direct: `${gap.direct} ${front}`,
    ...(gap.embedded !== undefined && { embedded: `${gap.embedded} ${front}` }),
  };
  const before = { direct: `${front}, ${gap.direct}`, form: 'front' as const };
  return short ? [behind, before] : [before];
}

/** "In Wilson disease, what does the liver release?" */
function scoped(gap: Asked, scope: string): Asked {
  if (scope === '' || gap.names || names(gap.direct, scope) || namesIllness(gap.direct)) return gap;
  return {
    ...gap,
    direct: `in ${scope}, ${gap.direct}`,
    ...(gap.embedded !== undefined && { embedded: `${gap.embedded} in ${scope}` }),
  };
}
