import type { RunConfig } from '../configs/schema.ts';
import { answerRequest } from './answer-request.ts';
import type { Chunk, Example, Preference } from '../schema/data.ts';
import { screenPair } from '../documents/screen.ts';
import { runPanel } from '../judges/index.ts';
import type { PairwiseJudge } from '../judges/models/pairwise.ts';
import { JudgeReplyError, type Judge } from '../judges/types.ts';
import { isNoJudgement, isWhole } from '../replies/reply-cause.ts';
import { withoutThoughts } from '../replies/thoughts.ts';
import type { ChatModel } from '../contract/ports.ts';
import type { FailedItem } from '../contract/failures.ts';
import { contextOf, subjectOf } from './judge-pairs.ts';
import { placeOf } from '../failures/failure-tally.ts';
import { orFailed } from '../failures/item-failure.ts';

/** The better and the worse of several answers to one question. */

type Asked = Parameters<typeof preferenceFor>[0];

/** As `preferenceFor`; what fails costs the preference and is told, and the pair stays as it is. */
export function preferenceOrFailure(
  options: Asked,
): Promise<{ preference?: Preference | undefined; failed?: FailedItem }> {
  const { example, signal } = options;
  const where = `${placeOf(example)}, other answers to "${example.question}"`;
  return orFailed<{ preference?: Preference | undefined; failed?: FailedItem }>({
    signal,
    work: async () => ({ preference: await preferenceFor(options) }),
    failed: (failure) => ({ failed: { where, ...failure } }),
  });
}

/**
 * Asks for further answers to an accepted question, lets the panel judge each, and keeps the best and the worst with the margin
 * between them: the mean of the judges' scores. Of equal ones the pair's own comes first as the best and last as the worst.
 * Undefined where the margin is smaller than the config asks.
 */
export async function preferenceFor(options: {
  config: RunConfig;
  model: ChatModel;
  judges: readonly Judge[];
  /** Compares the two in both orders, where the config names one. */
  pairwise?: PairwiseJudge | undefined;
  example: Example;
  chunks: readonly Chunk[];
  signal?: AbortSignal | undefined;
}): Promise<Preference | undefined> {
  const { config, model, judges, pairwise, example, chunks, signal } = options;
  const { preferences } = config.generation;
  if (!preferences) return undefined;
  const replies = await Promise.all(
    Array.from({ length: preferences.answers }, (_, i) =>
      model.chat(
        answerRequest({
          example,
          chunks: preferences.seesPassage ? chunks : [],
          systemPrompt: config.serving.systemPrompt,
          sample: i,
        }),
        signal,
      ),
    ),
  );
  // What is kept out of a pair is kept out of its other answers.
  const screened = replies.filter(isWhole).flatMap(({ text }) => {
    const answer = withoutThoughts(text).text;
    const one = screenPair({ pair: { ...example, answer, spans: [] }, chunks, filters: config.filters });
    return one.status === 'pair' && one.pair.answer !== '' ? [one.pair.answer] : [];
  });
  const answers = [...new Set(screened)].filter((text) => text !== example.answer);
  const scored = await Promise.all(
    answers.map(async (answer) => {
      const subject = { ...subjectOf(example, contextOf(chunks), chunks), answer };
      const { judgements, decision } = await runPanel({ judges, subject, ...(signal && { signal }) });
      // What a judge model gave no usable judgement on is not known to be worse.
      const judged = !judgements.some(({ label }) => isNoJudgement(label));
      return judged ? [{ answer, passes: decision === 'keep', score: scoreOf(judgements, judges) }] : [];
    }),
  );
  const own = { answer: example.answer, passes: true, score: scoreOf(example.verdict.judgements, judges) };
  const all = [own, ...scored.flat()];
  // What the panel rejects is never the better answer, whatever its mean.
  const best = all.reduce((leader, other) => (other.passes && other.score > leader.score ? other : leader));
  const worst = all.reduceRight((last, other) => (other.score < last.score ? other : last));
  const margin = best.score - worst.score;
  if (margin < preferences.minMargin) return undefined;
  if (pairwise && !(await confirms({ pairwise, example, chunks, a: best.answer, b: worst.answer, signal })))
    return undefined;
  return {
    chosen: best.answer,
    rejected: worst.answer,
    chosenScore: best.score,
    rejectedScore: worst.score,
    margin,
    answers: all.length,
  };
}

/** Where the comparing model gives no usable reply, nothing is confirmed. */
async function confirms(options: {
  pairwise: PairwiseJudge;
  example: Example;
  chunks: readonly Chunk[];
  a: string;
  b: string;
  signal: AbortSignal | undefined;
}): Promise<boolean> {
  const { pairwise, example, chunks, ...compared } = options;
  const { answer: _own, ...subject } = subjectOf(example, contextOf(chunks), chunks);
  try {
    return (await pairwise.compare({ subject, ...compared })).better === 'a';
  } catch (error) {
    if (error instanceof JudgeReplyError) return false;
    throw error;
  }
}

/** The mean over the judges themselves: what a judgement was made of does not count again. */
function scoreOf(judgements: Example['verdict']['judgements'], judges: readonly Judge[]): number {
  const names = new Set(judges.map(({ name }) => name));
  const scores = judgements.filter(({ judge }) => names.has(judge)).map(({ score }) => score);
  return scores.reduce((sum, score) => sum + score, 0) / Math.max(1, scores.length);
}
