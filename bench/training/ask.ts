import { answerOne } from '../../evaluation/answer-one.ts';
import { createLookup } from '../../evaluation/lookup.ts';
import { createMetric } from '../../judges/index.ts';
import { echoOf } from '../../language/echo.ts';
import type { Answer, SuiteQuestion } from '../../schema/evaluation.ts';
import type { ChatModel } from '../../contract/ports.ts';
import type { Sample } from './sample.ts';

/** Each suite's own metric, and for people's questions what an answer must not say. */
const METRICS = {
  'held-out': ['correctness'],
  people: ['facts', 'must-not'],
  everyday: ['facts'],
} as const satisfies Record<keyof Sample['suites'], readonly string[]>;

/** Scores of one arm, by suite and metric, and within it by question. */
export type Scores = Record<string, Map<string, number>>;
export type Answerer = (question: string) => Promise<string>;

/** Asks one arm everything, all questions at once: whoever answers takes them in batches. */
export async function askAll(sample: Sample, answer: Answerer): Promise<Scores> {
  const scores: Scores = {};
  for (const [suite, names] of Object.entries(METRICS)) {
    const metrics = names.map((name) => ({ name, judge: createMetric(name) }));
    const questions = sample.suites[suite as keyof Sample['suites']];
    const rows = await Promise.all(questions.map((question) => ask({ suite, question, metrics, answer })));
    for (const name of names) {
      scores[`${suite} ${name}`] = new Map(
        rows.flatMap(({ questionId, judgements }) =>
          judgements.filter(({ judge }) => judge === name).map(({ score }) => [questionId, score]),
        ),
      );
    }
  }
  return scores;
}

async function ask(options: {
  suite: string;
  question: SuiteQuestion;
  metrics: Parameters<typeof answerOne>[0]['metrics'];
  answer: Answerer;
}): Promise<Answer> {
  const { suite, question, metrics, answer } = options;
  const { row, failed } = await answerOne({
    input: { suite: { name: suite }, arm: { name: 'arm' } },
    question,
    answer: async ({ question: asked }) => ({ text: await answer(asked) }),
    metrics,
    signal: new AbortController().signal,
  });
  if (failed) throw new Error(`${suite}: ${failed.where}: ${failed.why}`);
  return row;
}

/** The answers of a model, as the gateway would give them. */
export const modelAnswers =
  (chat: ChatModel): Answerer =>
  async (question) =>
    (await chat.chat({ messages: [{ role: 'user', content: question }], maxTokens: 96 })).text;

/** The two arms that cost nothing. */
export function tricks(sample: Sample): Record<'echo' | 'lookup', Answerer> {
  const find = createLookup(sample.learnt);
  return {
    echo: (question) => Promise.resolve(echoOf(question)),
    lookup: (question) => Promise.resolve(find(question)?.answer ?? ''),
  };
}
