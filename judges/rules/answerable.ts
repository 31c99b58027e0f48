import { answeredByPassage, inEnglish, standsAlone } from '../applies.ts';
import { normalise } from '../../language/text.ts';
import { analyse } from '../../language/analysis.ts';
import { stem } from '../../language/stem.ts';
import { STOP_WORDS } from '../../language/words-of-english.ts';
import { UNIT_SCALE, type Judge, type Subject } from '../types.ts';

/**
 * Answerability as a rule: the question stands alone (no pronoun without a noun before it, no 'the passage'), and enough of its
 * content words are in the passage. The score is that share; without a passage only the first half is judged.
 */
export interface AnswerabilityResult {
  label: 'answerable' | 'not-self-contained' | 'off-passage';
  score: number;
  reason: string;
}

export const ANSWERABLE_PASS_SCORE = 0.5;

const POINTS_AT_TEXT =
  /\b(?:(?:the|this|that|above|following|given|provided) (?:passage|text|article|document|paragraph|excerpt|section|chapter|chunk|author|speaker|table|figure|snippet)|(?:mentioned|described|stated|listed|shown|discussed) (?:above|below|here|earlier)|as (?:mentioned|described|stated)|according to (?:the )?(?:passage|text|article|document|author)|the (?:above|aforementioned|following)|in the (?:context|excerpt))\b/;
const PRONOUN = /^(?:it|its|itself|they|them|their|theirs|he|she|his|her|this|these|those)$/;
/** 'is it safe to ...', 'how long does it take for ...': an `it` that stands for what follows. */
const EXPLETIVE = /\bit(?:'s)? (?:\w+ ){0,3}(?:to|that|if|for|when|while|whether)\b/;
const TIME_AFTER_THIS = /^(?:morning|week|month|year|summer|winter|time)$/;
/** Words of asking: a passage need not have them, and no pronoun stands for them ('tell me how it works'). */
const ASKING = new Set(
  'tell explain describe say give name list show true false possible think believe wonder work works last take want know like percentage share proportion ask idea meant wondering'.split(
    ' ',
  ),
);
const ASKING_STEMS = new Set([...ASKING].map(stem));

/** Judges one question against its passage. Pure. */
export function judgeAnswerability({ question, context }: Pick<Subject, 'question' | 'context'>): AnswerabilityResult {
  const text = normalise(question);
  const pointing = pointsAtText(text, context) ?? danglingPronoun(text);
  if (pointing) {
    return { label: 'not-self-contained', score: 0, reason: `'${pointing}' points at something outside the question` };
  }
  const asked = analyse(question);
  const words = [...asked.content].filter((word) => !ASKING_STEMS.has(word));
  if (words.length === 0) return { label: 'not-self-contained', score: 0, reason: 'it names nothing' };
  if (context === undefined)
    return { label: 'answerable', score: 1, reason: 'it stands alone; there is no passage to look in' };
  const passage = analyse(context);
  const missing = words.filter((word) => !passage.vocabulary.has(word));
  const score = 1 - missing.length / words.length;
  if (score < ANSWERABLE_PASS_SCORE) {
    const named = missing.slice(0, 5).map((word) => asked.spelled.get(word));
    return { label: 'off-passage', score, reason: `the passage does not speak of '${named.join("', '")}'` };
  }
  return {
    label: 'answerable',
    score,
    reason: `${words.length - missing.length} of ${words.length} words are in the passage`,
  };
}

/** "the table shows"; "the table saw" points at nothing where the passage has a table saw. */
function pointsAtText(text: string, context: string | undefined): string | undefined {
  const found = POINTS_AT_TEXT.exec(text);
  if (!found) return undefined;
  const next = /^[ -]([\p{L}-]+)/u.exec(text.slice(found.index + found[0].length))?.[1];
  const noun = /^(?:the|this|that) (\p{L}+)$/u.exec(found[0])?.[1];
  const named = noun && next && context !== undefined && normalise(context).includes(`${noun} ${next}`);
  return named && !STOP_WORDS.has(next) ? undefined : found[0];
}

function danglingPronoun(text: string): string | undefined {
  const words = text.match(/[\p{L}']+/gu) ?? [];
  for (const [index, word] of words.entries()) {
    // A word that is no stop word may be what the pronoun stands for.
    // After 'how' it is a quality: 'how tall is it'.
    const names = !STOP_WORDS.has(word) && !ASKING.has(word) && words[index - 1] !== 'how';
    if (names) return undefined;
    if (!PRONOUN.test(word)) continue;
    if (word === 'it' && EXPLETIVE.test(text)) continue;
    const next = words[index + 1];
    if (/^th(?:is|ese|ose)$/.test(word) && TIME_AFTER_THIS.test(next ?? '')) continue;
    return next === undefined ? word : `${word} ${next}`;
  }
  return undefined;
}

/** The rule as a judge: filters pairs. */
export function createAnswerableJudge(): Judge {
  const version = 'rule-2';
  return {
    name: 'answerable',
    version,
    scale: UNIT_SCALE,
    passScore: ANSWERABLE_PASS_SCORE,
    applies: (subject) => answeredByPassage(subject) && standsAlone(subject) && inEnglish(subject),
    judge: async (subject) => ({ judge: 'answerable', version, ...judgeAnswerability(subject) }),
  };
}
