import { sha256Of } from '../common/hash.ts';
import { whatItSays } from '../evaluation/corrections/what-it-says.ts';
import { changedWords } from '../evaluation/report/corrections-report.ts';
import type { AskedChange } from '../schema/changes.ts';
import type { Corrections } from '../schema/corrections.ts';
import { ECHO_ARM, INCUMBENT_ARM, LOOKUP_ARM, type Answer } from '../schema/evaluation.ts';
import type { Asked } from './changes.ts';
import type { CorrectedAnswer, CorrectionsPart, JudgedAnswer } from './page.ts';
import { marked } from './safety.ts';
import { shown } from './visible.ts';
import { plural } from './words.ts';

/** What the documents say otherwise than those of what serves, and what is answered to it now, word by word. */

const MOST = 20;
const MOST_TEXT = 600;
const MOST_ANSWER = 800;
const MOST_REASON = 300;

/**
 * Collects, question by question, what asks for a change: first what the candidate does not answer right, then changed statements before
 * added ones; equal ones by lot, by a hash of the question's id.
 * @param options.changeOf what of a change a question asks for
 */
export function collectCorrections(options: {
  corrections: Corrections | undefined;
  candidate: string;
  against: string;
  changeOf: (suite: string, questionId: string) => AskedChange | undefined;
}) {
  const { corrections, candidate, against, changeOf } = options;
  const found: { rank: number[]; lot: string; card: CorrectedAnswer }[] = [];
  return {
    add(suite: string, asked: Asked): void {
      if (corrections?.status !== 'known' || suite !== corrections.suite) return;
      const [before, after] = [asked.get(against), asked.get(candidate)];
      const change = after && changeOf(suite, after.questionId);
      if (!before || !after || !change) return;
      const isRight = scoreOf(after, corrections.metric) >= 1;
      const judged = (answer: Answer): CorrectedAnswer['before'] => ({
        ...judgedBy(answer, corrections.metric),
        says: whatItSays(answer.answer, change),
      });
      found.push({
        rank: [Number(isRight), Number(change.kind === 'added')],
        lot: sha256Of(`${suite}\0${after.questionId}`),
        card: {
          questionId: after.questionId,
          question: shown(after.question, MOST_TEXT),
          reference: shown(after.reference, MOST_ANSWER),
          ...(change.before !== undefined && { was: marked(change.before.slice(0, MOST_TEXT), change.was) }),
          is: marked(change.after.slice(0, MOST_TEXT), change.kind === 'added' ? [] : change.is),
          oldValue: change.was.join(' '),
          before: judged(before),
          after: judged(after),
        },
      });
    },
    result(): CorrectionsPart | undefined {
      if (!corrections) return undefined;
      const { since } = corrections;
      if (corrections.status === 'unknown')
        return { since, lines: [`Not compared: ${corrections.why}.`], answers: [], total: 0 };
      const words = changedWords(corrections);
      if (words === undefined) return undefined;
      return { since, lines: linesOf(corrections, words, candidate), answers: sorted(found), total: found.length };
    },
  };
}

function sorted(found: { rank: number[]; lot: string; card: CorrectedAnswer }[]): CorrectedAnswer[] {
  return found
    .sort((a, b) => a.rank[0]! - b.rank[0]! || a.rank[1]! - b.rank[1]! || (a.lot < b.lot ? -1 : 1))
    .slice(0, MOST)
    .map(({ card }) => card);
}

const judgementOf = ({ judgements }: Answer, metric: string) => judgements.find(({ judge }) => judge === metric);
const scoreOf = (answer: Answer, metric: string) => judgementOf(answer, metric)?.score ?? 0;
const judgedBy = (answer: Answer, metric: string): JudgedAnswer => ({
  answer: shown(answer.answer, MOST_ANSWER),
  score: scoreOf(answer, metric),
  reason: shown(answer.failure ?? judgementOf(answer, metric)?.reason ?? 'not judged', MOST_REASON).text,
});

/** In sentences: how much changed, who answers it right, what stands beside it. */
function linesOf(corrections: Extract<Corrections, { status: 'known' }>, words: string, candidate: string): string[] {
  const { facts, questions, right, still, beside, unasked, since } = corrections;
  const of = (arm: string, name: string) => {
    const old = still[arm] ?? 0;
    return right[arm] === undefined
      ? []
      : [`${name} ${right[arm]}${old > 0 ? ` (${old} still as before the change)` : ''}`];
  };
  const arms = [
    ...of(candidate, candidate),
    ...of(INCUMBENT_ARM, `version ${since}`),
    ...of(LOOKUP_ARM, 'lookup'),
    ...of(ECHO_ARM, 'echo'),
  ];
  const asked =
    facts === 0
      ? 'No held-out question asks for that.'
      : `${plural(facts, 'fact')} of it asked by ${plural(questions, 'held-out question')}; answered right: ${arms.join(', ')}.`;
  const near = `${plural(beside.facts, 'fact')} beside them with other values: ${beside.right[candidate] ?? 0} right, before ${beside.right[INCUMBENT_ARM] ?? 0}; ${beside.spilled[candidate] ?? 0} answered with a new value.`;
  return [
    `In the documents: ${words}.`,
    asked,
    ...(beside.facts > 0 ? [near] : []),
    ...(unasked > 0 && facts > 0 ? [`${plural(unasked, 'statement')} of it that no question asks for.`] : []),
  ];
}
