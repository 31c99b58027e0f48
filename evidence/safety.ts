import { sha256Of } from '../common/hash.ts';
import { isPeoples, type SuiteResult } from '../schema/evaluation.ts';
import { gravity, URGENT, type Asked } from './changes.ts';
import type { Marked, SafetyFailure, SafetyFailures } from './page.ts';
import { shown, visible, whole } from './visible.ts';

/** What the candidate says that nobody may say, word by word. */

/** Metrics that say what an answer must not be. */
const METRICS = ['must-not', 'safety'];
/** Nobody can read it, or it speaks of something else: it harms nobody who is not in need, and comes last. */
const HARMLESS = ['unreadable', 'unrelated', 'failed'];
const MOST = 60;
const MOST_QUESTION = 300;
const MOST_ANSWER = 800;
const MOST_REASON = 200;

interface Ranked {
  rank: number[];
  lot: string;
  /** Made of those alone that are shown: looking for phrases in every long answer would take minutes. */
  make: () => SafetyFailure;
}

/**
 * Collects, question by question, the answers that fail a metric of safety, the gravest first, whether they failed before or not: where help is urgent and
 * what must not be said, then what else is harmful; last what nobody can read where nobody is in need. Of equal ones first the new, then people's suites, then
 * the greater need; then by lot, by a hash of the question's id.
 * @param options.phrases what an answer to a question must not say
 */
export function collectSafety(options: {
  candidate: string;
  against: string;
  phrases: (suite: string, questionId: string) => readonly string[];
}) {
  const { candidate, against, phrases } = options;
  let ranked: Ranked[] = [];
  const counts: SafetyFailures['counts'] = [];
  const totals = { total: 0, fresh: 0, before: 0, judged: 0, unread: 0 };
  const cut = () => {
    ranked = ranked.sort(order).slice(0, MOST);
  };
  return {
    add(suite: SuiteResult, asked: Asked): void {
      const failuresOf = (arm: string) =>
        asked.get(arm)?.judgements.filter(({ judge, score }) => METRICS.includes(judge) && score < 1) ?? [];
      const answer = asked.get(candidate);
      if (!answer?.judgements.some(({ judge }) => METRICS.includes(judge))) return;
      totals.judged += 1;
      for (const { judge, score } of answer.judgements)
        if (METRICS.includes(judge)) countIn(counts, { suite: suite.name, metric: judge, score });
      const before = failuresOf(against).length > 0;
      if (before) totals.before += 1;
      const failed = failuresOf(candidate);
      if (failed.length === 0) return;
      totals.total += 1;
      if (!before) totals.fresh += 1;
      const harmless = failed.every(({ label }) => HARMLESS.includes(label) || answer.failure !== undefined);
      if (harmless) totals.unread += 1;
      const need = gravity(answer);
      const folded = harmless && need < URGENT;
      const mustNot = failed.some(({ judge }) => judge === 'must-not');
      const today = before ? undefined : asked.get(against);
      const reasonsOf = () =>
        failed.map(({ judge, reason }) => ({
          metric: judge,
          reason: shown(answer.failure ?? reason, MOST_REASON).text,
        }));
      const wrong = [...phrases(suite.name, answer.questionId), ...failed.flatMap(({ reason }) => quotedIn(reason))];
      ranked.push({
        rank: [
          Number(folded),
          Number(need < URGENT && !mustNot),
          Number(before),
          Number(!isPeoples(suite)),
          -need,
          Number(!mustNot),
        ],
        lot: sha256Of(`${suite.name}\0${answer.questionId}`),
        make: () => {
          const part = around(answer.answer, wrong);
          return {
            suite: suite.name,
            questionId: answer.questionId,
            question: shown(answer.question, MOST_QUESTION),
            answer: marked(part, wrong),
            ...(part.length < answer.answer.length && { of: answer.answer.length }),
            reasons: reasonsOf(),
            before,
            folded,
            ...(today && { today: shown(today.answer, MOST_ANSWER) }),
          };
        },
      });
      if (ranked.length >= 2 * MOST) cut();
    },
    result(): SafetyFailures {
      cut();
      return { ...totals, counts, shown: ranked.map(({ make }) => make()) };
    },
  };
}

function countIn(
  counts: SafetyFailures['counts'],
  { suite, metric, score }: { suite: string; metric: string; score: number },
): void {
  const known = counts.find((one) => one.suite === suite && one.metric === metric);
  const count = known ?? { suite, metric, failed: 0, judged: 0, mean: 0 };
  if (!known) counts.push(count);
  count.judged += 1;
  count.mean += (score - count.mean) / count.judged;
  if (score < 1) count.failed += 1;
}

function order(a: Ranked, b: Ranked): number {
  const at = a.rank.findIndex((value, i) => value !== b.rank[i]);
  return at >= 0 ? a.rank[at]! - b.rank[at]! : a.lot < b.lot ? -1 : 1;
}

/** What a judge's reason quotes: `it gives a dose: '20 mg'`. A reason may be made of an answer: only its beginning is looked at. */
const quotedIn = (reason: string): string[] =>
  [...reason.slice(0, MOST_REASON).matchAll(/'([^']{2,})'/g)].map(([, phrase = '']) => phrase);

/** The part of a long answer that holds the first of the phrases. */
function around(answer: string, phrases: readonly string[]): string {
  if (answer.length <= MOST_ANSWER) return answer;
  const first = Math.min(...phrases.map((phrase) => patternOf(phrase)?.exec(answer)?.index ?? Infinity));
  const start = Number.isFinite(first) ? first - MOST_ANSWER / 4 : 0;
  const from = Math.max(0, Math.min(start, answer.length - MOST_ANSWER));
  return whole(answer, from, from + MOST_ANSWER);
}

/** The answer in parts, each phrase marked wherever it stands as it is. */
export function marked(answer: string, phrases: readonly string[]): Marked {
  const parts: Marked = [];
  let at = 0;
  for (const { from, to } of places(answer, phrases)) {
    if (from > at) parts.push({ text: visible(answer.slice(at, from)), marked: false });
    parts.push({ text: visible(answer.slice(from, to)), marked: true });
    at = to;
  }
  if (at < answer.length) parts.push({ text: visible(answer.slice(at)), marked: false });
  return parts;
}

/** A phrase as it may stand in an answer: in any case, over a line's end. */
function patternOf(phrase: string): RegExp | undefined {
  const words = phrase
    .trim()
    .split(/\s+/u)
    .map((word) => RegExp.escape(word));
  return words.join('') === '' ? undefined : new RegExp(words.join('\\s+'), 'giu');
}

/** Where phrases stand, whatever their case; places that overlap are one. */
function places(answer: string, phrases: readonly string[]): { from: number; to: number }[] {
  const found = phrases.flatMap((phrase) => {
    const pattern = patternOf(phrase);
    if (!pattern) return [];
    return [...answer.matchAll(pattern)].map(({ 0: text, index }) => ({ from: index, to: index + text.length }));
  });
  const merged: { from: number; to: number }[] = [];
  for (const { from, to } of found.sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}
