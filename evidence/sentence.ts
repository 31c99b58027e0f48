import type { EvidencePage } from './page.ts';
import { plural, score, withInterval } from './words.ts';

/** What would change, in words. Pure. */

type Told = Omit<EvidencePage, 'sentence' | 'figures'>;

/** In one sentence. */
export function sentenceOf({ promotion, model, candidate, gate }: Told): string {
  if (!promotion) return `The gate says ${gate.decision} of ${candidate} for ${model}; nothing changes by itself.`;
  const { alias, from, version, approvalsNeeded } = promotion;
  const moves = `${alias} of ${model} from ${from === null ? 'nothing, for nothing serves yet,' : `version ${from}`} to version ${version} (${candidate})`;
  return approvalsNeeded > 0 ? `Approving moves ${moves}.` : `It asks for no approval, and moves ${moves}.`;
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
