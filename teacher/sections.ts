import type { Unit } from '../documents/units.ts';
import { type Fact, finished, FOLLOWING, NO_STATEMENT } from './drafts.ts';
import { headingGaps, type HeadingQuestion, TRIALS } from './headings.ts';
import { joined } from './lists.ts';
import { plainText, whyNothing, withoutHeading } from './words/plain.ts';
import { contentWords } from './words/content-words.ts';
import type { Topic } from './words/topic.ts';
import { MIN_WORDINGS, wordingsOf } from './wordings.ts';

/** The heading's question, answered by the passage below it as far as one would read it out. */

export const MAX_SECTION_WORDS = 120;
/** One statement of many hardly answers "What should I know about this illness?". */
const MIN_OPEN_WORDS = 20;

/** A statement, or a list with its lead-in: what is told whole or not at all. */
interface Piece {
  units: readonly Unit[];
  text: string;
  words: number;
  states: boolean;
  /** Says little without what stands before it. */
  follows: boolean;
  /** A heading or the like: what stands behind it speaks of something else. */
  breaks: boolean;
}

export interface SectionFact {
  fact: Fact;
  units: readonly Unit[];
}

/** One fact for each question of the heading, the strictest first, each of what nothing else asks about so far. */
export function sectionFacts(
  units: readonly Unit[],
  given: {
    topic: Topic;
    passage: string;
    covered: ReadonlySet<Unit>;
    why: ReadonlyMap<Unit, string>;
    count: number;
  },
): SectionFact[] {
  try {
    const pieces = piecesOf(units, given.why);
    const covered = new Set(given.covered);
    return headingGaps(given.topic, given.passage).flatMap((ask) => {
      const run = bestRun(pieces, ask, covered, given.topic);
      const questions = run ? wordingsOf(ask.gaps, Math.max(given.count, MIN_WORDINGS)) : [];
      if (!run || questions.length < MIN_WORDINGS) return [];
      const told = run.flatMap((piece) => piece.units);
      for (const unit of told) covered.add(unit);
      const answer = run.map(({ text }) => text).join(' ');
      const kind = /\b(?:never|must not|not allowed|emergency|forbidden)\b/i.test(answer) ? 'safety' : 'factual';
      const quotes = told.map(({ text }) => text);
      return [{ fact: { questions: questions.slice(0, given.count), answer, quotes, kind }, units: told }];
    });
  } catch {
    // A heading that can't be read asks nothing.
    return [];
  }
}

/** True of a unit that can be told in a longer answer. */
export function statesAlone(unit: Unit, why: ReadonlyMap<Unit, string>): boolean {
  const text = plainText(unit.text);
  return (
    unit.kind !== 'table-row' &&
    whyNothing(text) === undefined &&
    !NO_STATEMENT.has(why.get(unit) ?? '') &&
    /[.!]["'\u201d)]*$/.test(text) &&
    text.split(' ').length > 3 &&
    !/\bfollowing\b[^:]*$/.test(text)
  );
}

function piecesOf(units: readonly Unit[], why: ReadonlyMap<Unit, string>): Piece[] {
  const pieces: Piece[] = [];
  for (let i = 0; i < units.length; i++) {
    const unit = units[i]!;
    const says = plainText(unit.text);
    const items: Unit[] = [];
    while (
      says.endsWith(':') &&
      isItemOf(units[i + 1 + items.length], says) &&
      !OPENS.test(units[i + 1 + items.length]!.text)
    )
      items.push(units[i + 1 + items.length]!);
    if (items.length > 0) {
      const text = `${finished(withoutHeading(says)).replace(/\.$/, '')}: ${joined(items.map((item) => plainText(item.text)))}`;
      const states = whyNothing(says) === undefined && items.every((item) => why.get(item) !== 'repeated');
      pieces.push(pieceOf([unit, ...items], text, states));
      i += items.length;
    } else pieces.push(pieceOf([unit], finished(withoutHeading(says)), statesAlone(unit, why)));
  }
  return pieces;
}

/** An item that opens a list of its own. */
const OPENS = /:\s*$/;

const isItemOf = (unit: Unit | undefined, says: string): boolean =>
  unit?.kind === 'list-item' && unit.leadIn !== undefined && plainText(unit.leadIn) === says;

function pieceOf(units: readonly Unit[], text: string, states: boolean): Piece {
  const nothing = whyNothing(plainText(units[0]?.text ?? ''));
  return {
    units,
    text,
    words: text.split(' ').length,
    states,
    follows: FOLLOWING.test(text) || GOES_ON.test(text) || POINTS_BACK.test(text),
    breaks: !states && nothing !== 'reference' && nothing !== 'link',
  };
}

/** The statements that answer the question and tell most of what is not asked about yet; none where nothing does. */
function bestRun(
  pieces: readonly Piece[],
  ask: HeadingQuestion,
  covered: ReadonlySet<Unit>,
  topic: Topic,
): Piece[] | undefined {
  let best: Piece[] | undefined;
  let most = 0;
  for (const [start, first] of pieces.entries()) {
    if (!first.states || first.follows) continue;
    if (ask.answeredBy && (!ask.answeredBy.test(first.text) || BESIDE.test(first.text))) continue;
    // Of trials a question of their own asks.
    if (!ask.keepsTo && TRIALS.test(first.text)) continue;
    const run = runFrom(pieces, start, covered, ask);
    const gain = run.flatMap(({ units }) => units).filter((unit) => !covered.has(unit)).length;
    if (gain <= most || !fits(run, ask, topic)) continue;
    best = run;
    most = gain;
  }
  return best;
}

/** From here on, without what is asked about already at the end. */
function runFrom(
  pieces: readonly Piece[],
  start: number,
  covered: ReadonlySet<Unit>,
  { keepsTo }: HeadingQuestion,
): Piece[] {
  const run: Piece[] = [];
  let words = 0;
  let left = false;
  for (const piece of pieces.slice(start)) {
    if (piece.breaks || (left && piece.follows) || words + piece.words > MAX_SECTION_WORDS) break;
    if (keepsTo && !piece.follows && !keepsTo.test(piece.text)) break;
    left = !piece.states;
    if (left) continue;
    words += piece.words;
    run.push(piece);
  }
  while (run.length > 1 && run.at(-1)!.units.every((unit) => covered.has(unit))) run.pop();
  return run;
}

function fits(run: readonly Piece[], { answeredBy, speaksOf, gaps }: HeadingQuestion, { condition }: Topic): boolean {
  const words = run.reduce((sum, piece) => sum + piece.words, 0);
  const answer = run.map(({ text }) => text).join(' ');
  if (words < 6 || (speaksOf && !speaksOf.test(answer))) return false;
  return (
    condition === undefined ||
    answeredBy !== undefined ||
    words >= MIN_OPEN_WORDS ||
    opensWith(gaps[0]?.direct ?? '', answer)
  );
}

const opensWith = (question: string, answer: string): boolean => {
  const opening = contentWords(answer.split(' ').slice(0, 5).join(' '));
  return [...contentWords(question)].some((word) => word !== 'know' && opening.has(word));
};

/** Goes on with what stands before it. */
const GOES_ON =
  /^(?:also|then|next|however|but|and|or|nor|so|therefore|thus|instead|in addition|additionally|furthermore|moreover|for (?:example|instance)|as mentioned|similarly|likewise|still|yet|finally|again|in contrast|examples?)\b|^(?:\S+ ){1,6}(?:also|then)\b/i;

const POINTS_BACK = /^(?:\S+ ){0,7}(?:this|these|those|such(?! as))\b|^(?:\S+ ){1,2}(?:they|it|he|she)\b/i;

/** Says something beside the section's answer. */
const BESIDE =
  /^(?:now|see|new (?:ways|types))\b|\b(?:this|these) (?:symptom|sign|cause|treatment|test)|\bbeing studied\b|\bstudies (?:is|are) under way\b|\bfrequenc(?:y|ies)\b|\b(?:is|are) called\b|\bdoes(?:n't| not) mean\b|^(?:although|while|even|if|once|after|when|unless)\b|\bcan(?:not|'t)\b/i;
