import type { Judgement, Verdict } from '../datasets/schema.ts';
import { JudgeReplyError, type Judge, type Subject } from './types.ts';

/**
 * Asks every judge, also after one has rejected, so that a reject shows all its reasons. Kept when each score reaches its judge's
 * pass score, or the threshold given for its name. `reasons` are the names of the judges that rejected, in the panel's order.
 * A judge model that gives no usable judgement rejects, and says so: nothing is kept unjudged, and no run fails for one reply.
 * @throws what a judge throws otherwise, such as a provider's error
 */
export async function runPanel(input: {
  judges: readonly Judge[];
  subject: Subject;
  /** By judge's name, 0 to 1. */
  thresholds?: Readonly<Record<string, number>>;
  signal?: AbortSignal;
}): Promise<Verdict> {
  const { judges, subject, thresholds = {}, signal } = input;
  const judgements = await Promise.all(judges.map((judge) => judgeOrReject(judge, subject, signal)));
  const reasons = judges
    .filter((judge, at) => judgements[at]!.score < (thresholds[judge.name] ?? judge.passScore))
    .map(({ name }) => name);
  return { decision: reasons.length === 0 ? 'keep' : 'reject', reasons, judgements };
}

async function judgeOrReject(judge: Judge, subject: Subject, signal?: AbortSignal): Promise<Judgement> {
  try {
    return await judge.judge(subject, signal);
  } catch (error) {
    if (!(error instanceof JudgeReplyError)) throw error;
    return { judge: judge.name, version: judge.version, label: 'unparseable', score: 0, reason: error.message };
  }
}
