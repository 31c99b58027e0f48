import { gapsOf } from './clause-gaps.ts';
import { contentWords } from './words/content-words.ts';
import { definition, stageOf } from './definitions.ts';
import { type Asked, Forms } from './forms/forms.ts';
import { beginsAsTitle, frameOf, isHeading, withoutHeading } from './words/plain.ts';
import { type Reading, readSentence } from './words/reading.ts';
import { type Referent, resolveSubject } from './words/referents.ts';
import type { Planned } from './planned.ts';
import { researchOf } from './research.ts';
import { type Conjugator, tokenise } from './words/tokens.ts';
import { names, type Topic } from './words/topic.ts';
import { usable } from './usable.ts';

export interface Surroundings {
  topic: Topic;
  previous?: Referent | undefined;
  verbs: Conjugator;
}

const LIMIT =
  /\b(?:must not|should not|never|avoid|limit|doses?|overdose|diagnose|diagnosis needs|prescrib\w+|no more than|assistant cannot|forbidden|not allowed)\b/i;

const CARE =
  /\b(?:should|must) (?:\w+ )?(?:see|call|ask|seek|contact|visit|tell) |\b(?:emergency services|urgent care)\b|^(?:call|see|seek) /i;

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

/** The first whole clause of a sentence that a colon, semicolon or dash divides, without asides and stop. */
function mainPart(sentence: string): string {
  const bare = frameOf(sentence).replace(/[.!]+["'\u201d\u2019)\]]*$/, '');
  const [first = ''] = bare.split(/[:;](?=\s)|\s+(?:--?|[\u2013\u2014])\s+|(?<=\p{L})--(?=\p{L})/u);
  return first.split(' ').length >= 4 ? first.trim() : bare;
}

const distinct = (gaps: readonly Asked[]): Asked[] => [...new Map(gaps.map((gap) => [gap.direct, gap])).values()];
