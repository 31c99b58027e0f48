import { answeredByPassage, inEnglish } from '../applies.ts';
import { sentences } from '../../language/text.ts';
import { analyse, sameQuantity, type Analysis } from '../../language/analysis.ts';
import { UNIT_SCALE, type Judge, type Subject } from '../types.ts';

/**
 * Grounding as a rule: the share of the answer's content words and quantities that the passage has. It halves when a quantity is
 * not in the passage, and when a sentence denies what the passage's nearest sentence says, or the other way round. Without a
 * passage the references take its place, so that the metric is defined on suites of plain questions and answers.
 * The share of supported parts follows the idea of Ragas' faithfulness, with words in the place of claims.
 */
export interface GroundingResult {
  label: 'grounded' | 'unsupported';
  score: number;
  reason: string;
}

/** A teacher may turn a sentence round, but four words in five should be the passage's. */
export const GROUNDED_PASS_SCORE = 0.8;

/** Judges one answer against its passage. Pure. */
export function judgeGrounding({ answer, context, reference, references, evidence }: Subject): GroundingResult {
  const source = context ?? references?.join('\n\n') ?? reference;
  if (source === undefined) return unsupported(0, 'there is no passage to rest on');
  const given = analyse(answer);
  const passage = analyse(source);
  const words = [...given.content];
  const strayWords = words.filter((word) => !passage.content.has(word));
  // A row's number is its own: the same table has others.
  const rows =
    evidence && evidence.length > 0 && evidence.every((text) => text.includes('|'))
      ? analyse(evidence.join(' '))
      : passage;
  const strayQuantities = given.quantities.filter(
    (quantity) => !rows.quantities.some((known) => sameQuantity(quantity, known, true)),
  );
  const parts = words.length + given.quantities.length;
  if (parts === 0) return unsupported(0, 'it says nothing that could be checked');
  const share = 1 - (strayWords.length + strayQuantities.length) / parts;
  if (strayQuantities.length > 0) {
    return unsupported(share / 2, `the passage lacks '${strayQuantities.map(({ text }) => text).join("', '")}'`);
  }
  const own = evidence !== undefined && evidence.length > 0;
  const denied = contradicts(answer, own ? evidence : split(source), own);
  if (denied) return unsupported(share / 2, `it and the passage differ in a negation: '${denied}'`);
  if (share < GROUNDED_PASS_SCORE) {
    const named = strayWords.slice(0, 5).map((word) => given.spelled.get(word));
    return unsupported(share, `the passage lacks '${named.join("', '")}'`);
  }
  return {
    label: 'grounded',
    score: share,
    reason: `${parts - strayWords.length} of ${parts} words and numbers are in the passage`,
  };
}

const unsupported = (score: number, reason: string): GroundingResult => ({ label: 'unsupported', score, reason });

/**
 * The first sentence of the answer that negates where the nearest statement does not, or does not where it does. A sentence
 * that no single statement is near to, such as a whole list's, is held against all of them.
 */
function contradicts(answer: string, statements: readonly string[], own: boolean): string | undefined {
  const known = statements.map((text) => analyse(text));
  for (const sentence of split(answer)) {
    const said = analyse(sentence);
    if (said.content.size < 3) continue;
    // Of equally near sentences, one that agrees speaks for the answer.
    const longer = own && known.length > 1 && known.every(({ content }) => content.size < said.content.size);
    const candidates = longer ? [analyse(statements.join(' '))] : known;
    const overlaps = candidates.map((candidate) => overlap(said, candidate));
    const best = Math.max(...overlaps);
    const nearest = candidates.filter((_, at) => overlaps[at] === best);
    const negates = said.negations.length > 0;
    if (best >= 0.6 && nearest.every((candidate) => candidate.negations.length > 0 !== negates)) return sentence;
  }
  return undefined;
}

function overlap(said: Analysis, known: Analysis): number {
  let shared = 0;
  for (const word of said.content) if (known.content.has(word)) shared += 1;
  return shared / said.content.size;
}

const splits = new Map<string, string[]>();

/** Sentences of a passage, remembered: a passage is judged with many answers. */
function split(text: string): string[] {
  const known = splits.get(text);
  if (known) return known;
  const found = sentences(text).map((sentence) => sentence.text);
  if (splits.size >= 2000) splits.clear();
  splits.set(text, found);
  return found;
}

/** The rule as a judge: filters pairs, and is the metric `grounding`. */
export function createGroundedJudge(): Judge {
  const version = 'rule-2';
  return {
    name: 'grounded',
    version,
    scale: UNIT_SCALE,
    passScore: GROUNDED_PASS_SCORE,
    applies: (subject) => answeredByPassage(subject) && inEnglish(subject),
    judge: async (subject) => ({ judge: 'grounded', version, ...judgeGrounding(subject) }),
  };
}
