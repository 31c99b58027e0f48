import { normalise } from '../../language/text.ts';
import { analyse, sameQuantity, type Analysis } from '../../language/analysis.ts';
import type { Quantity } from '../../language/numbers.ts';
import { readable } from './readable.ts';
import { stem } from '../../language/stem.ts';
import { UNIT_SCALE, type Judge, type Subject } from '../types.ts';

/**
 * Correctness without a model, as one rule.
 *
 * An answer is correct when its normalised text is the reference's, or when all of this holds:
 * 1. it is readable, and no run-on: at most twice the reference's content words and ten more;
 * 2. it has every quantity of the reference (units included, ranges and number words read), in the same order where
 *    units are the same, and no quantity that neither reference nor question has;
 * 3. it negates what the reference negates and nothing else;
 * 4. it has every content word of the reference, after stop words and light stemming, and no opposite of one. A short answer
 *    that brings in no word of its own need not say the question's words again;
 * 5. what follows its `than`, `before` and `after` is what follows the reference's.
 *
 * Synonyms and paraphrase are not judged: a right answer in other words is called incorrect. The error rate on labelled
 * pairs, by kind, is in correctness.test.ts. An LLM judge is the way to ask for meaning.
 */
export interface CorrectnessResult {
  label: 'correct' | 'incorrect';
  score: 0 | 1;
  reason: string;
}

/** Share of the required content words that an answer must have. Below 1, half-right answers pass: see the test. */
export const CONTENT_SHARE = 1;
/** With at most this share of the reference's content words, an answer completes the question instead of repeating it. */
const SHORT_SHARE = 0.7;

const OPPOSITES: readonly (readonly [string, string])[] = [
  ['raise', 'lower'],
  ['increase', 'decrease'],
  ['increase', 'reduce'],
  ['raise', 'reduce'],
  ['more', 'less'],
  ['higher', 'lower'],
  ['high', 'low'],
  ['heavier', 'lighter'],
  ['before', 'after'],
  ['start', 'stop'],
  ['begin', 'end'],
  ['inside', 'outside'],
  ['safe', 'unsafe'],
  ['safe', 'dangerous'],
  ['common', 'rare'],
  ['thick', 'thin'],
  ['thicker', 'thinner'],
  ['earlier', 'later'],
  ['best', 'worst'],
  ['better', 'worse'],
  ['male', 'female'],
  ['always', 'never'],
  ['all', 'none'],
  ['most', 'least'],
];
const OPPOSITE_STEMS = OPPOSITES.flatMap(([one, other]) => [
  [stem(one), stem(other)] as const,
  [stem(other), stem(one)] as const,
]);

/** Judges one answer against its reference. Pure; `share` is there for the test that chooses it. */
export function judgeCorrectness(
  { question, reference, answer }: { question: string; reference: string; answer: string },
  share: number = CONTENT_SHARE,
): CorrectnessResult {
  if (bare(answer) === bare(reference)) return correct('it is the reference');
  const reading = readable(answer, [question, reference]);
  if (!reading.readable) return incorrect(`not readable: ${reading.reason}`);
  const asked = analyse(question);
  const wanted = analyse(reference);
  const given = analyse(withoutYesNo(answer));
  const problem =
    runOn(wanted, given) ??
    quantities(asked, wanted, given) ??
    negations(asked, wanted, given) ??
    words({ asked, wanted, given, share, yes: /^yes\b/.test(normalise(answer)) }) ??
    pivots(wanted, given);
  return problem ? incorrect(problem) : correct('it has all numbers, negations and content words of the reference');
}

const correct = (reason: string): CorrectnessResult => ({ label: 'correct', score: 1, reason });
const incorrect = (reason: string): CorrectnessResult => ({ label: 'incorrect', score: 0, reason });
const bare = (text: string) => normalise(text).replace(/[.!?\s]+$/, '');

/** 'No, a period lasts ...' denies the question, not what follows it; a lone 'No' is the answer. */
function withoutYesNo(answer: string): string {
  const rest = answer.replace(/^\s*(?:yes|no)\s*[,.:;!-]+\s*/i, '');
  return rest.trim() ? rest : answer;
}

function runOn(wanted: Analysis, given: Analysis): string | undefined {
  const limit = 2 * wanted.sequence.length + 10;
  return given.sequence.length > limit
    ? `it runs on: ${given.sequence.length} content words where at most ${limit} are expected`
    : undefined;
}

function quantities(asked: Analysis, wanted: Analysis, given: Analysis): string | undefined {
  const plain = !hasForeign(asked, wanted, given);
  const unitNamed = (quantity: Quantity) =>
    quantity.unit === '' ||
    (plain && asked.tokens.some((token) => (token === 'age' ? 'years' : token) === quantity.text.split(' ').at(-1)));
  const short = completes(wanted, given);
  const positions: number[] = [];
  for (const quantity of wanted.quantities) {
    const at = given.quantities.findIndex(
      (candidate, index) => !positions.includes(index) && sameQuantity(candidate, quantity, unitNamed(quantity)),
    );
    const already = short && asked.quantities.some((candidate) => sameQuantity(candidate, quantity, false));
    if (at < 0 && !already) return `it lacks '${quantity.text}'`;
    positions.push(at);
    const bound = given.quantities[at]?.bound;
    if (bound && quantity.bound && bound !== quantity.bound) return `'${quantity.text}' has the opposite bound`;
  }
  const extra = given.quantities.find(
    (candidate, index) =>
      !positions.includes(index) &&
      ![...wanted.quantities, ...asked.quantities].some((quantity) => sameQuantity(candidate, quantity, true)),
  );
  if (extra) return `it adds '${extra.text}'`;
  const rate = [...given.rates].find((name) => !wanted.rates.has(name) && wanted.rates.size > 0);
  if (rate) return `it says '${rate}', not '${[...wanted.rates].join(', ')}'`;
  return outOfOrder(wanted, positions);
}

/** Two quantities of one unit that changed places: 'over 50 for 1 year, under 50 for 2' is not the other way round. */
function outOfOrder(wanted: Analysis, positions: readonly number[]): string | undefined {
  for (let first = 0; first < positions.length; first++) {
    for (let second = first + 1; second < positions.length; second++) {
      const [one, other] = [wanted.quantities[first]!, wanted.quantities[second]!];
      const [at, then] = [positions[first]!, positions[second]!];
      if (one.unit === other.unit && at >= 0 && then >= 0 && at > then)
        return `'${one.text}' and '${other.text}' changed places`;
    }
  }
  return undefined;
}

function negations(asked: Analysis, wanted: Analysis, given: Analysis): string | undefined {
  const met = new Set<Scope>();
  // Each negation answers for one of the reference only: 'should not be repeated without a break' adds one.
  const added = given.negations.filter((scope) => {
    const free = wanted.negations.filter((other) => !met.has(other));
    const partner = free.find((other) => first(other) === first(scope)) ?? free.find((other) => meets(scope, other));
    if (partner) met.add(partner);
    return !partner;
  });
  const denied = asked.negations.filter((other) => !wanted.negations.some((scope) => meets(scope, other)));
  const unasked = added.find((scope) => !denied.some((other) => meets(scope, other)));
  if (unasked) return `it negates '${[...unasked].map((word) => given.spelled.get(word)).join(' ')}'`;
  const lacks = wanted.negations.some((scope) => !met.has(scope));
  return lacks && !(asked.negations.length > 0 && completes(wanted, given))
    ? 'it lacks a negation of the reference'
    : undefined;
}

type Scope = ReadonlySet<string>;
const first = (scope: Scope) => scope.values().next().value ?? '';
const meets = (scope: Scope, other: Scope) =>
  scope.size === 0 || other.size === 0 || other.has(first(scope)) || scope.has(first(other));

/**
 * An answer that completes the question rather than saying all of it again: it has few of the reference's words, or is an unbroken
 * part of it, or starts with a pronoun for the question's subject.
 */
function completes(wanted: Analysis, given: Analysis): boolean {
  if (given.sequence.length >= wanted.sequence.length) return false;
  return (
    given.content.size <= SHORT_SHARE * wanted.content.size ||
    ` ${wanted.sequence.join(' ')} `.includes(` ${given.sequence.join(' ')} `) ||
    /^(?:it|they|this|these|she|he)$/.test(given.tokens[0] ?? '')
  );
}

/** True for an answer with a content word that neither the reference nor the question has. */
const hasForeign = (asked: Analysis, wanted: Analysis, given: Analysis) =>
  [...given.content].some((word) => !wanted.content.has(word) && !asked.content.has(word));

function words(input: {
  asked: Analysis;
  wanted: Analysis;
  given: Analysis;
  share: number;
  yes: boolean;
}): string | undefined {
  const { asked, wanted, given } = input;
  const opposite = OPPOSITE_STEMS.find(
    ([one, other]) => wanted.content.has(one) && !wanted.content.has(other) && given.content.has(other),
  );
  if (opposite)
    return `it says '${given.spelled.get(opposite[1])}' where the reference says '${wanted.spelled.get(opposite[0])}'`;
  const fresh = [...wanted.content].filter((word) => !asked.content.has(word));
  const freshQuantity = wanted.quantities.some(
    (one) => !asked.quantities.some((other) => sameQuantity(other, one, false)),
  );
  const freshNegation = wanted.negations.length > 0 && asked.negations.length === 0;
  const credited =
    completes(wanted, given) &&
    !hasForeign(asked, wanted, given) &&
    (fresh.length > 0 || freshQuantity || freshNegation || input.yes);
  const required = credited ? fresh : [...wanted.content];
  const missing = required.filter((word) => !given.content.has(word));
  if (required.length - missing.length >= input.share * required.length) return undefined;
  return `it lacks ${missing.map((word) => `'${wanted.spelled.get(word)}'`).join(', ')}`;
}

function pivots(wanted: Analysis, given: Analysis): string | undefined {
  for (const [pivot, expected] of wanted.pivots) {
    const found = given.pivots.get(pivot);
    if (!found) continue;
    const strayed = expected.find((followers) => followers[0] && !found.some((words) => words.includes(followers[0]!)));
    if (strayed) return `another word follows '${pivot}'`;
  }
  return undefined;
}

/** Judges an answer against each of several right answers, and takes the best. Pure. */
export function judgeAgainstAll(input: {
  question: string;
  references: readonly string[];
  answer: string;
}): CorrectnessResult {
  const { question, references, answer } = input;
  const results = references.map((reference) => judgeCorrectness({ question, reference, answer }));
  return (
    results.find(({ score }) => score === 1) ?? results[0] ?? incorrect('there is no reference answer to compare with')
  );
}

/** The rule as a judge: the metric `correctness`. */
export function createCorrectnessJudge(): Judge {
  const version = 'rule-2';
  return {
    name: 'correctness',
    version,
    scale: UNIT_SCALE,
    passScore: 1,
    applies: ({ reference }) => reference !== undefined,
    judge: async ({ question, reference, references, answer }: Subject) => ({
      judge: 'correctness',
      version,
      ...judgeAgainstAll({
        question,
        references: references ?? (reference === undefined ? [] : [reference]),
        answer,
      }),
    }),
  };
}
