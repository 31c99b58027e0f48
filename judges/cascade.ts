import type { Judgement } from '../schema/data.ts';
import { JudgeReplyError, UNIT_SCALE, type Judge } from './types.ts';
import { versionOf } from './version.ts';

/**
 * Judges from cheap to dear, each asked only where those before it were not sure. A rule decides only when it rejects: that it
 * finds no fault is no proof. A model decides when its score is at most `sureBelow` or at least `sureAbove`; the last step
 * always does. Each step that was asked is kept, so that what the cascade saved can be counted. A cheap judge that gives no
 * usable judgement was not sure.
 */
export function createCascade(options: {
  name: string;
  steps: readonly Judge[];
  sureBelow: number;
  sureAbove: number;
}): Judge {
  const { name, steps, sureBelow, sureAbove } = options;
  const version = versionOf([steps.map((step) => [step.version, step.passScore]), sureBelow, sureAbove]);
  const decides = (judge: Judge, { score }: Judgement): boolean => {
    const rejects = score < judge.passScore;
    if (!judge.calls) return rejects;
    return rejects ? score <= sureBelow : score >= sureAbove;
  };
  return {
    name,
    version,
    scale: UNIT_SCALE,
    passScore: 1,
    applies: (subject) => steps.at(-1)?.applies?.(subject) ?? true,
    calls: (subject) => {
      const calls = steps.map((step) => step.calls?.(subject) ?? []);
      const first = calls.findIndex((some) => some.length > 0);
      return calls.flatMap((some, i) => some.map((call) => ({ ...call, sure: call.sure && i === first })));
    },
    async judge(subject, signal) {
      const parts: Judgement[] = [];
      for (const [i, step] of steps.entries()) {
        const last = i === steps.length - 1;
        if (!last && !(step.applies?.(subject) ?? true)) continue;
        try {
          const { parts: _parts, composed: _composed, ...judged } = await step.judge(subject, signal);
          parts.push({ ...judged, judge: `${name}/${judged.judge}` });
          if (!last && !decides(step, judged)) continue;
          const passes = judged.score >= step.passScore;
          const reason = `step ${i + 1} of ${steps.length}, ${judged.judge}: ${judged.reason}`;
          return {
            judge: name,
            version,
            label: passes ? 'passed' : 'rejected',
            score: passes ? 1 : 0,
            reason,
            composed: { by: 'cascade', step: i + 1, steps: steps.length },
            parts,
          };
        } catch (error) {
          if (!(error instanceof JudgeReplyError) || last) throw error;
        }
      }
      throw new Error(`cascade '${name}' has no steps`);
    },
  };
}
