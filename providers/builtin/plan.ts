import { type Clause, midSentence } from './clause.ts';
import { conditionGaps } from './conditions.ts';
import { copulaGaps } from './copula.ts';
import { type Asked, Forms } from './forms.ts';
import { actionGaps } from './gaps.ts';
import { isPlural } from './heads.ts';
import { instructionGaps } from './instructions.ts';
import { ADVERBS } from './lexicon.ts';
import { isTemporal } from './measures.ts';
import { asAsker, dangles } from './persons.ts';
import { beginsAsTitle, frameOf, isHeading, withoutHeading } from './plain.ts';
import { predicateGaps, reasonGap } from './predicates.ts';
import { type Reading, readSentence } from './reading.ts';
import { isInstitution, names, namesIllness, type Referent, resolveSubject, type Topic } from './referents.ts';
import { researchOf } from './research.ts';
import { sceneOf } from './scene.ts';
import { thereGaps } from './there.ts';
import { type Conjugator, join, tokenise } from './tokens.ts';
import { topicGaps } from './topics.ts';
import { isWellPut } from './well-put.ts';
import { tagged } from './trust.ts';

/** What can be asked about one sentence. */
export interface Plan {
  /** Best first. */
  gaps: Asked[];
  kind: 'factual' | 'safety';
  /** What the sentence is about, for the next sentence's pronouns. */
  referent?: Referent;
  /** The sentence with its pronoun spelled out, where it began with one. */
  answer: string;
}

export type Planned = { status: 'plan'; plan: Plan } | { status: 'skip'; why: string; referent?: Referent };

export interface Surroundings {
  topic: Topic;
  previous?: Referent | undefined;
  verbs: Conjugator;
}

const LIMIT =
  /\b(?:must not|should not|never|avoid|limit|doses?|overdose|diagnose|diagnosis needs|prescrib\w+|no more than|assistant cannot|forbidden|not allowed)\b/i;
const CARE =
  /\b(?:should|must) (?:\w+ )?(?:see|call|ask|seek|contact|visit|tell) |\b(?:emergency services|urgent care)\b|^(?:call|see|seek) /i;
const MAX_WORDS = 24;
/** A longer question keeps more of a long sentence than can be sure to hang together. */
const MAX_PLAIN_WORDS = 13;

/** Speaks of what was said before, whatever its subject. */
const POINTING = /\b(?:this|these) (?!disease|disorder|syndrome|condition)\w+/i;

/** Says what a thing is in some cases only. */
const SOMETIMES = /^(?:in (?:some|many|most|rare|other)|with|for|when|if|sometimes|often|occasionally|rarely)\b/i;

/** Reads one plain sentence and finds what to ask about it. */
export function planSentence(sentence: string, { topic, previous, verbs }: Surroundings): Planned {
  const defined = definition(sentence);
  if (defined) return defined;
  if (isHeading(sentence) || /\b(?:includes?|including|such as)[.:]?$/.test(sentence))
    return { status: 'skip', why: 'fragment' };
  const own = stageOf(sentence, topic) ?? researchOf(sentence, topic);
  if (own) return own;
  const body = mainPart(withoutHeading(sentence));
  if (body.split(' ').length > 65) return { status: 'skip', why: 'too-long' };
  if (beginsAsTitle(body)) return { status: 'skip', why: 'title' };
  if (
    /^(?:\S+ ){0,2}\S+: /.test(body) ||
    /^(?:\p{Lu}\p{Ll}+ ){3,}(?!(?:is|are|was|were|has|have|can|may|will|does|of|and)\b)\p{Ll}/u.test(body)
  )
    return { status: 'skip', why: 'no-safe-question' };
  const found = readSentence(body, verbs);
  if (!found) return { status: 'skip', why: hasFiniteVerb(body) ? 'no-clear-verb' : 'fragment' };
  const there = /^there$/i.test(found.clause.subject);
  const resolved =
    there || found.instruction
      ? { status: 'clear' as const, clause: found.clause }
      : resolveSubject(found.clause, { topic, previous });
  if (resolved.status === 'unclear') return { status: 'skip', why: 'unclear-subject' };
  const reading: Reading = { ...found, clause: resolved.clause };
  const forms = new Forms(reading.clause, verbs);
  const referent = resolved.referent;
  const asked = gapsOf(reading, forms, {
    there,
    frame: frameFor(resolved.scope ?? (topic.plain ? undefined : topic.condition), reading),
    topic,
  });
  const thin =
    reading.clause.animate &&
    reading.clause.subjectTokens.length > 0 &&
    reading.clause.subjectTokens.length < 3 &&
    reading.clause.subjectTokens[0]?.low !== 'the' &&
    !/^(?:you|we)$/.test(reading.clause.subject);
  const gaps = distinct(asked)
    .flatMap((gap) => usable(withName(gap, topic), sentence))
    .filter(({ form }) => form !== 'meaning' || !SOMETIMES.test(sentence))
    .filter(({ form }) => form !== 'topic' || topic.plain || !POINTING.test(sentence))
    .filter(({ direct }) => !thin || contentWords(direct).size >= 3);
  const told = withoutHeading(sentence);
  const answer = resolved.spelled === undefined ? told : resolved.spelled(told);
  if (gaps.length === 0) return { status: 'skip', why: 'no-safe-question', ...(referent && { referent }) };
  const kind = LIMIT.test(sentence) || CARE.test(sentence) ? 'safety' : 'factual';
  return { status: 'plan', plan: { gaps, kind, answer, ...(referent && { referent }) } };
}

/** What is said beside a question that does not name it: in a document about one illness, the illness. */
const frameFor = (scope: string | undefined, { front, condition }: Reading): string =>
  scope === undefined || names(front, scope) || names(condition?.text ?? '', scope) ? '' : scope;

/** "In stage IIB, the tumor is larger than 3 centimeters.", "Stage IA: The tumor is in the lung only." */
function stageOf(sentence: string, { condition }: Topic): Planned | undefined {
  const stage = /^(?:In )?(stage [IVX\d]+[A-D]?\d?)(?:, (?:the )?(?:cancer|tumou?r)\b|: \p{L})/iu.exec(sentence)?.[1];
  if (stage === undefined || condition === undefined || !/cancer|oma\b|tumou?r/.test(condition)) return undefined;
  const named = `${stage.charAt(0).toLowerCase()}${stage.slice(1)}`;
  return {
    status: 'plan',
    plan: { gaps: tagged('stage', ofStage(named, condition)), kind: 'factual', answer: sentence },
  };
}

/** "What slows the course of the disease?" in a document about one. */
function withName(gap: Asked, { condition }: Topic): Asked {
  if (condition === undefined || names(gap.direct, condition)) return gap;
  const named = (text: string) =>
    text.replace(
      /\bthe (?:disease|disorder|syndrome|condition)(?=$|,| (?:in|by|and|or|may|can|is|are|was|will|has|have|from)\b)/,
      () => condition,
    );
  return {
    ...gap,
    direct: named(gap.direct),
    ...(gap.embedded !== undefined && { embedded: named(gap.embedded) }),
  };
}

/** A noun phrase alone states nothing: "Radiation therapy followed by surgery." */
const hasFiniteVerb = (text: string): boolean =>
  tokenise(text).some(
    ({ tags, low }) =>
      tags.has('Auxiliary') ||
      tags.has('Copula') ||
      tags.has('Modal') ||
      tags.has('Imperative') ||
      ((tags.has('PresentTense') || tags.has('Infinitive')) && !tags.has('Gerund')) ||
      /^(?:is|are|was|were|has|have|can|may|will)$/.test(low),
  );

/** "Blood chemistry study: A procedure in which ...": a term and what it is. */
function definition(sentence: string): Planned | undefined {
  const [, term = ''] =
    /^([\p{L}\p{N}][^.:;!?]{2,60}?)\s?: (?=(?!(?:Studies|Research|People|Patients|Having|Being|Some|Many|Most) )(?:(?:An?|The) [\p{L} -]{3,40}? (?:in which|that|which|to|of|done|used|where|for|who|with)|\p{Lu}[\p{L} -]{3,40}? (?:that|in which|which|who))\b)/u.exec(
      sentence,
    ) ?? [];
  if (
    term === '' ||
    term.split(' ').length > 7 ||
    /\b(?:is|are|may|can|include|includes|following|stage|note|example|step|type)\b/i.test(term)
  )
    return undefined;
  const tokens = tokenise(term);
  const many = isPlural(tokens);
  const be = many ? 'are' : 'is';
  const named = midSentence(tokens);
  const counted =
    !many &&
    /\b(?:tests?|exam|examination|scan|study|procedure|biopsy|x-ray|device|plan|drug|agent|method|ultrasound|endoscopy|needle|pump|laser|knife|saw|machine|form|card|code|valve|switch|[a-z]+gram|[a-z]+scopy|[a-z]+ectomy|aspiration|biopsy)\b\W*(?:\([^)]*\))?$/i.test(
      term,
    );
  const said = counted
    ? `${/^(?:[aeiouAEIOU]|x-|[FHLMNRSX][A-Z])/.test(named) && !/^(?:u[nsr]i|ure|eu)/i.test(named) ? 'an' : 'a'} ${named}`
    : named;
  if (!counted && / and /.test(term)) return undefined;
  const gaps = [
    { direct: `what ${be} ${said}`, embedded: `what ${said} ${be}`, names: true },
    { direct: `what is meant by ${said}`, names: true },
    { direct: `how would you explain ${said}`, names: true },
  ];
  return { status: 'plan', plan: { gaps: tagged('definition', gaps), kind: 'factual', answer: sentence } };
}

function gapsOf(
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

/** What a stage of the passage's illness is. */
export const ofStage = (stage: string, condition: string): Asked[] => [
  { direct: `what is ${stage} ${condition}`, embedded: `what ${stage} ${condition} is`, names: true },
  { direct: `what does ${stage} of ${condition} mean`, embedded: `what ${stage} of ${condition} means`, names: true },
];

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

/** The first whole clause of a sentence that a colon, semicolon or dash divides, without asides and stop. */
function mainPart(sentence: string): string {
  const bare = frameOf(sentence).replace(/[.!]+["'\u201d\u2019)\]]*$/, '');
  const [first = ''] = bare.split(/[:;](?=\s)|\s+(?:--?|[\u2013\u2014])\s+|(?<=\p{L})--(?=\p{L})/u);
  return first.split(' ').length >= 4 ? first.trim() : bare;
}

/** A gap in the asker's words, where it stands alone, is whole and leaves something to answer. */
function usable(gap: Asked, sentence: string): Asked[] {
  const direct = gap.said ? gap.direct : asAsker(withoutAlso(gap.direct));
  if (direct === undefined || !isWhole(direct) || dangles(direct) || givesAway(direct, sentence)) return [];
  const embedded = gap.embedded === undefined ? undefined : asAsker(withoutAlso(gap.embedded));
  return [
    {
      direct,
      ...(embedded !== undefined && isWhole(embedded) && { embedded }),
      ...(gap.names && { names: true }),
      ...(gap.form && { form: gap.form }),
    },
  ];
}

/** "Also" speaks to the sentence before. */
const withoutAlso = (text: string): string => text.replace(/ (?:also|already)(?= \p{L})/u, '');
const MANNER = /^(?:what|who) (\w+ly) \w/;

function isWhole(text: string): boolean {
  if (/^what (?:(?:can|may|might|could|will) (?:i|you|we)|(?:i|you|we) (?:can|may|might|could|will)) \w+$/i.test(text))
    return false;
  const manner = MANNER.exec(text)?.[1];
  if (manner !== undefined && !ADVERBS.has(manner) && manner !== 'family') return false;
  if (!isWellPut(text)) return false;
  if (/\b(?:should|then) then\b|\b(?:then|either)\b|\bme (?:can|have|are|should)\b/.test(text)) return false;
  if (text.split(' ').length > MAX_WORDS || /[\p{Cc}<>{}|\\$]|\.\s|[:;]\s/u.test(text)) return false;
  if ((text.match(/["\u201c\u201d]/g)?.length ?? 0) % 2 === 1) return false;
  if ((text.match(/\(/g)?.length ?? 0) !== (text.match(/\)/g)?.length ?? 0)) return false;
  return !/\b(?:the|a|an|and|or|because|its|their|your|my)$|,$/.test(text) && /\p{L}{3}/u.test(text);
}

const EMPTY = new Set(
  (
    'a an the is are was were be been being do does did can could may might must should would will has have had what who whom when where how why which ' +
    'if of in on at to for from with by and or not no any it its that this these those they their them you your i my me we our than as also then there so'
  ).split(' '),
);
const STEM = /(?:ing|ies|es|ed|s|e)$/;

/** Content words and numbers, without endings. */
export function contentWords(text: string): Set<string> {
  const found = text.toLowerCase().match(/\p{L}[\p{L}\p{N}'\u2019-]*|\p{N}[\p{N}.,]*/gu) ?? [];
  return new Set(
    found.filter((word) => !EMPTY.has(word)).map((word) => (word.length > 4 ? word.replace(STEM, '') : word)),
  );
}

function givesAway(question: string, answer: string): boolean {
  const asked = contentWords(question);
  return [...contentWords(answer)].filter((word) => !asked.has(word)).length < 1;
}

const distinct = (gaps: readonly Asked[]): Asked[] => [...new Map(gaps.map((gap) => [gap.direct, gap])).values()];
