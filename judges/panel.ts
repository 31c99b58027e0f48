import type { Judgement, Verdict } from '../schema/data.ts';
import { isNoJudgement, noJudgement } from '../replies/reply-cause.ts';
import { JudgeReplyError, type Judge, type Judged, type Subject } from './types.ts';

/**
 * Asks every judge, also after one has rejected, so that a reject shows all its reasons. Kept when each score reaches its judge's
 * pass score. `reasons` are the names of the judges that rejected, in the panel's order; then
 * those whose model gave no usable judgement, with why: `llm-faithfulness: unparseable`.
 * What a judgement was made of, votes and steps, stands after it.
 * A judge that doesn't apply is not asked; what no judge applies to is rejected as `unjudged`.
 * A judge model that gives no usable judgement rejects, and says so: nothing is kept unjudged, and no run fails for one reply.
 * @throws what a judge throws otherwise, such as a provider's error
 */
export async function runPanel(input: {
  judges: readonly Judge[];
  subject: Subject;
  signal?: AbortSignal;
}): Promise<Verdict> {
  const { judges, subject, signal } = input;
  const asked = judges.filter((judge) => judge.applies?.(subject) ?? true);
  if (asked.length === 0) return unjudged(judges, subject);
  const judged = await Promise.all(asked.map((judge) => judgeOrReject(judge, subject, signal)));
  const reasons = asked
    .flatMap((judge, at) => {
      const { score, label } = judged[at]!;
      if (score >= judge.passScore) return [];
      const gaveNone = isNoJudgement(label);
      return [{ reason: gaveNone ? `${judge.name}: ${label.replace(/^.*: /, '')}` : judge.name, gaveNone }];
    })
    // Who found a fault comes first: that a judge model gave no judgement is no fault of the pair.
    .sort((a, b) => Number(a.gaveNone) - Number(b.gaveNone))
    .map(({ reason }) => reason);
  const judgements = judged.flatMap(({ parts = [], ...judgement }): Judgement[] => [judgement, ...parts]);
  return { decision: reasons.length === 0 ? 'keep' : 'reject', reasons, judgements };
}

function unjudged(judges: readonly Judge[], { kind, language }: Subject): Verdict {
  const about = [kind && `kind ${kind}`, language && `in ${language}`].filter(Boolean).join(' ');
  const reason = `no judge of ${judges.map(({ name }) => name).join(', ')} judges a pair ${about ? `of ${about}` : 'like it'}; add a model as judge`;
  const judgement = { judge: 'unjudged', version: '1', label: 'reject', score: 0, reason };
  return { decision: 'reject', reasons: ['unjudged'], judgements: [judgement] };
}

/** What a judge says; one without a usable reply passes nothing, and says so. @throws whatever else the judge throws */
export async function judgeOrReject(judge: Judge, subject: Subject, signal?: AbortSignal): Promise<Judged> {
  try {
    return await judge.judge(subject, signal);
  } catch (error) {
    if (!(error instanceof JudgeReplyError)) throw error;
    return {
      judge: judge.name,
      version: judge.version,
      label: noJudgement(error.why),
      score: 0,
      reason: error.message,
    };
  }
}
