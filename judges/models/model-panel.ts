import type { Judgement } from '../../schema/data.ts';
import { judgeOrReject } from '../panel.ts';
import { UNIT_SCALE, type Judge, type Subject } from '../types.ts';
import { versionOf } from '../version.ts';

/**
 * Several judges of one question, of which a quorum decides (a panel of models, after https://arxiv.org/abs/2404.18796). The
 * score is the share of judges that pass, so that what passes just so can be told from what all pass; the reason says who
 * disagrees, and each vote is kept. A judge model that gives no usable judgement passes nothing, and says so.
 */
export function createModelPanel(options: { name: string; judges: readonly Judge[]; quorum?: number }): Judge {
  const { name, judges } = options;
  const quorum = options.quorum ?? Math.floor(judges.length / 2) + 1;
  const version = versionOf([judges.map((judge) => [judge.version, judge.passScore]), quorum]);
  const vote = async (judge: Judge, subject: Subject, signal?: AbortSignal): Promise<Judgement> => {
    const { parts: _parts, composed: _composed, ...judgement } = await judgeOrReject(judge, subject, signal);
    return judgement;
  };
  return {
    name,
    version,
    scale: UNIT_SCALE,
    passScore: quorum / judges.length,
    applies: (subject) => judges.every((judge) => judge.applies?.(subject) ?? true),
    calls: (subject) => judges.flatMap((judge) => judge.calls?.(subject) ?? []),
    async judge(subject, signal) {
      const parts = await Promise.all(judges.map((judge) => vote(judge, subject, signal)));
      const passing = judges.filter((judge, i) => (parts[i]?.score ?? 0) >= judge.passScore).length;
      const agreed = passing === judges.length || passing === 0;
      const label = agreed ? 'agreed' : 'disagreed';
      const said = parts.map((part) => `${part.judge}: ${part.label}`).join('; ');
      const reason = `${passing} of ${judges.length} pass, ${quorum} needed (${said})`;
      const score = passing / judges.length;
      return { judge: name, version, label, score, reason, composed: { by: 'panel', agreed }, parts };
    },
  };
}
