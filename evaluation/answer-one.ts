import type { Judgement } from '../schema/data.ts';
import type { Answer, SuiteQuestion } from '../schema/evaluation.ts';
import type { Citation } from '../schema/retrieval.ts';
import { measures } from '../judges/index.ts';
import type { Judge, Subject } from '../judges/types.ts';
import { withoutThoughts } from '../replies/thoughts.ts';
import type { FailedItem } from '../contract/failures.ts';
import type { Reply } from './answerer.ts';
import { orFailed, type ItemFailure } from '../failures/item-failure.ts';
import type { AnswerInput } from '../contract/model-stages.ts';

/** It counts as an answer, and scores nothing: the model was given its turn. */
const ALL_THOUGHT = 'cut-off: the reply ended in its thoughts: raise serving.maxTokens, or turn thinking off';

/** One arm's answer to one question, judged by each metric. */
export async function answerOne(options: {
  input: { suite: Pick<AnswerInput['suite'], 'name'>; arm: Pick<AnswerInput['arm'], 'name'> };
  question: SuiteQuestion;
  answer: (question: SuiteQuestion) => Promise<Reply>;
  /** A metric is a judge under its own name: `safety` is what `safe` says of an answer. */
  metrics: readonly { name: string; judge: Judge }[];
  signal: AbortSignal;
}): Promise<{ row: Answer; failed: FailedItem | undefined }> {
  const { input, question, answer, metrics, signal } = options;
  const { id, cluster, slice, columns, taught } = question;
  let failure: ItemFailure | undefined;
  const reply = await orFailed<Reply>({
    signal,
    work: () => answer(question),
    failed: (why) => {
      failure = why;
      return { text: '' };
    },
  });
  // Thoughts are no part of the answer, as whoever asks gets it: a right draft among them scores nothing.
  const { text, unclosed } = withoutThoughts(reply.text);
  const subject = subjectOf(question, text, reply.citations);
  // What was not answered, or could not be judged, scores nothing.
  const nothing = (name: string, judge: Judge, { reason, why }: ItemFailure): Judgement => ({
    judge: name,
    version: judge.version,
    label: reason,
    score: 0,
    reason: why,
  });
  const judgements = await Promise.all(
    metrics
      .filter(({ name }) => measures(name, subject))
      .map(async ({ name, judge }) =>
        failure
          ? nothing(name, judge, failure)
          : orFailed<Judgement>({
              signal,
              work: async () => ({ ...(await judge.judge(subject, signal)), judge: name }),
              failed: (why) => {
                failure ??= why;
                return nothing(name, judge, why);
              },
            }),
      ),
  );
  const row: Answer = {
    suite: input.suite.name,
    questionId: id,
    cluster,
    slice,
    ...(taught && { taught: taught.known ? ('known' as const) : ('new' as const) }),
    ...(columns && { columns }),
    question: question.question,
    reference: question.answer,
    arm: input.arm.name,
    answer: text,
    ...(reply.latencyMs !== undefined && { latencyMs: reply.latencyMs }),
    ...(reply.outputTokens !== undefined && { outputTokens: reply.outputTokens }),
    ...(reply.inputTokens !== undefined && { inputTokens: reply.inputTokens }),
    judgements,
    ...(reply.citations && { citations: reply.citations.map(({ headings: _ofPassage, ...source }) => source) }),
    ...(failure
      ? { failure: `${failure.reason}: ${failure.why}` }
      : unclosed && text === '' && { failure: ALL_THOUGHT }),
  };
  return { row, failed: failure && { where: `question ${id} ("${question.question}")`, ...failure } };
}

/** What an answer was given from is both what was found and what it names as its sources. */
function retrievedAs(citations: readonly Citation[]): Pick<Subject, 'retrieved' | 'cited'> {
  const nearest = citations.toSorted((a, b) => b.score - a.score);
  return { retrieved: nearest.map(({ text }) => text), cited: citations.map(({ text }) => text) };
}

/** What judges see of an answer. */
function subjectOf(asked: SuiteQuestion, answer: string, citations: Reply['citations']): Subject {
  const { question, references, context, contexts, unanswerable, facts, mustNot, history } = asked;
  return {
    question,
    answer,
    reference: asked.answer,
    ...(references && { references }),
    ...(facts && { facts }),
    ...(mustNot && { mustNot }),
    ...(context !== undefined && { context }),
    ...(contexts && { contexts }),
    ...(unanswerable !== undefined && { unanswerable }),
    ...(history && { history }),
    ...(citations && retrievedAs(citations)),
  };
}
