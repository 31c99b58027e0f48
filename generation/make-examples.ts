import type { RunConfig } from '../configs/schema.ts';
import type { FailedItem } from '../contract/failures.ts';
import type { ChatModel } from '../contract/ports.ts';
import type { PairwiseJudge } from '../judges/models/pairwise.ts';
import type { Judge } from '../judges/types.ts';
import { unreadOf } from '../replies/first-replies.ts';
import { isNoJudgement } from '../replies/reply-cause.ts';
import type { Example, GenerationTask, TeacherSkip } from '../schema/data.ts';
import { generate } from './ask-teacher.ts';
import { judgeAndCorrect } from './judge-pairs.ts';
import { preferenceOrFailure } from './preferences.ts';

/** Who makes examples: the models of a run, its judges, and who writes and compares answers of preference pairs. */
export interface Makers {
  teacher: ChatModel;
  judges: readonly Judge[];
  answering: ChatModel | undefined;
  pairwise: PairwiseJudge | undefined;
}

export interface MadeExamples {
  /** Judged: pairs, what came of correcting them, and rejects of the parser. */
  examples: Example[];
  corrected: number;
  skipped: TeacherSkip[];
  /** Replies that could not be read, of the teacher and of judges. */
  unreadable: number;
  /** Of each preference that was asked for: what failed, or undefined. */
  preferences: (FailedItem | undefined)[];
  /** Why nothing of the teacher's reply could be read, where no pair could. */
  unread: ReturnType<typeof unreadOf> | undefined;
}

/** Makes the examples of one task. A pair is judged as soon as it is there: no call waits for the rest of its batch. */
export async function makeExamples(options: {
  config: RunConfig;
  makers: Makers;
  task: GenerationTask;
  signal: AbortSignal;
}): Promise<MadeExamples> {
  const { config, makers, task, signal } = options;
  const { teacher, judges, answering, pairwise } = makers;
  const { chunks } = task;
  const { pairs, rejected, skipped, unreadable } = await generate({ config, teacher, task, signal });
  const judged = await Promise.all(
    pairs.map((pair) => judgeAndCorrect({ config, teacher, judges, pair, chunks, signal })),
  );
  const preferences: MadeExamples['preferences'] = [];
  const made = await Promise.all(
    judged.flat().map(async (example): Promise<Example> => {
      // One question of each fact: its other phrasings have the same answers.
      if (!answering || example.phrasing > 0 || example.verdict.decision === 'reject') return example;
      const asked = { config, model: answering, judges, pairwise, example, chunks, signal };
      const { preference, failed } = await preferenceOrFailure(asked);
      preferences.push(failed);
      return { ...example, ...(preference && { preference }) };
    }),
  );
  const examples = [...made, ...rejected];
  return {
    examples,
    corrected: made.length - pairs.length,
    skipped,
    unreadable: unreadable + unreadableJudgements(examples),
    preferences,
    unread: pairs.length === 0 ? unreadOf(rejected) : undefined,
  };
}

/** Judge models whose replies could not be read. */
const unreadableJudgements = (examples: readonly Example[]): number =>
  examples.flatMap(({ verdict }) => verdict.judgements).filter(({ label }) => isNoJudgement(label)).length;

/** What of examples is kept, and what rejected, by its first reason: a pair is rejected once. */
export function countVerdicts(examples: readonly Example[]): { kept: number; rejected: Record<string, number> } {
  const rejected: Record<string, number> = {};
  for (const { verdict } of examples) {
    if (verdict.decision === 'keep') continue;
    const [reason = 'unknown'] = verdict.reasons;
    rejected[reason] = (rejected[reason] ?? 0) + 1;
  }
  return { kept: examples.filter(({ verdict }) => verdict.decision === 'keep').length, rejected };
}
