import type { CorrectionsPart, EvidencePage } from './page.ts';
import { plural, score, withInterval } from './words.ts';

/** What would change, in words. Pure. */

type Told = Omit<EvidencePage, 'sentence' | 'figures'>;

/** In one sentence. */
export function sentenceOf({ promotion, model, candidate, gate, corrections }: Told): string {
  if (!promotion) return `The gate says ${gate.decision} of ${candidate} for ${model}; nothing changes by itself.`;
  const { alias, from, version, approvalsNeeded } = promotion;
  const moves = `${alias} of ${model} from ${from === null ? 'nothing, for nothing serves yet,' : `version ${from}`} to version ${version} (${candidate})`;
  const corrected = corrections ? correctedWords(corrections) : '';
  return approvalsNeeded > 0
    ? `Approving moves ${moves}${corrected}.`
    : `It asks for no approval, and moves ${moves}${corrected}.`;
}

/** `; of 2 questions for what the documents changed it answers 2 right, for what serves 0` */
function correctedWords({ answers, total }: CorrectionsPart): string {
  const [right, before] = (['after', 'before'] as const).map(
    (arm) => answers.filter((one) => one[arm].score >= 1).length,
  );
  const asked = total === answers.length ? plural(total, 'question') : `the ${answers.length} hardest questions`;
  return total === 0
    ? ''
    : `; of ${asked} for what the documents changed it answers ${right} right, what serves now ${before}`;
}

/** A line for each suite: the figure that its answers are ranked by. */
export function figureLines({ suites, against, changes }: Told): string[] {
  return suites.flatMap((suite) => {
    const count = changes.counts.find((one) => one.suite === suite.name);
    const row = suite.rows.find(({ metric }) => metric === count?.metric) ?? suite.rows[0];
    if (!row) return [];
    const whose = suite.peoples
      ? `${plural(suite.questions, 'question')} that people wrote`
      : `${plural(suite.questions, 'held-out question')}`;
    const counted = count ? `; ${plural(count.worse, 'answer')} worse, ${count.better} better` : '';
    return [
      `${suite.name}, ${whose}: ${row.metric} ${score(row.tuned)}, ${against.words} ${score(row.other)}: ${withInterval(row.comparison)}${counted}.`,
    ];
  });
}

/** `safety on golden 0.36: 58 of 90 answers fail`; only where some do. */
export const safetyLines = ({ counts }: EvidencePage['safety']): string[] =>
  counts
    .filter(({ failed }) => failed > 0)
    .map(
      ({ suite, metric, failed, judged, mean }) =>
        `${metric} on ${suite} ${score(mean)}: ${failed} of ${judged} answers fail`,
    );

/** What the gate warns of: it decides nothing, and should be read before its decision. */
export const warningsOf = ({ reasons }: EvidencePage['gate']): string[] =>
  reasons.flatMap((reason) => /^warning: (.*)$/s.exec(reason)?.[1] ?? []);
