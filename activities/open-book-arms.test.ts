import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileStore } from '../artifacts/file/file-store.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import { RunConfigSchema } from '../configs/schema.ts';
import type { AnswerInput, Arm } from '../contract/model-stages.ts';
import type { ChatModel, ChatRequest } from '../contract/ports.ts';
import type { DataRef } from '../schema/data.ts';
import { AnswerSchema, type SuiteRef } from '../schema/evaluation.ts';
import { memoryRetriever } from '../test/fakes/memory-retriever.ts';
import { openBookOf, passageOf } from '../test/support/open-book.ts';
import type { EvaluationDependencies } from './dependencies.ts';
import { evaluationActivities } from './evaluation.ts';

let folder: string;
let artifacts: ArtifactStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'open-book-arms-'));
  artifacts = createFileStore(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const kettle = 'The blue kettle holds two litres of water. The blue kettle is made of steel.';
const passages = [passageOf('kettles.md#0', kettle, { headings: ['Kettles'], start: 10 })];
const config = RunConfigSchema.parse({ name: 'demo', documents: 'docs', retrieval: { unit: 'sentences' } });
const servedAs = { ...config.serving, openBook: openBookOf({ unit: 'sentences', k: 1 }) };

/** What an arm answers to a question on the kettle and to one that the documents leave open; `asked` is what its model was asked. */
async function answersOf(arm: Arm, retriever: EvaluationDependencies['retriever'] = memoryRetriever(passages)) {
  const asked: ChatRequest[] = [];
  const model: ChatModel = {
    provider: 'local',
    model: 'm',
    concurrency: 1,
    chat: (request) => {
      asked.push(request);
      return Promise.resolve({
        text: 'Two litres.',
        finishReason: 'stop',
        inputTokens: 40,
        outputTokens: 3,
        latencyMs: 5,
      });
    },
  };
  const fakes = {
    artifacts,
    modelServer: { chatModel: () => model },
    ledger: { wrap: (one: ChatModel) => one },
    ...(retriever && { retriever }),
    today: () => '2026-11-26',
  };
  const { answerSuite } = evaluationActivities(fakes as unknown as EvaluationDependencies);
  const rows = ['How much water does the blue kettle hold?', 'Who won the football match?'].map((question, i) => ({
    id: `q${i}`,
    question,
    answer: 'Two litres.',
    cluster: `q${i}`,
  }));
  const questions = await artifacts.writeJsonLines({ kind: 'suites', rows });
  const suite: SuiteRef = { name: 'golden', askedBy: 'people', declares: 'new facts', questions };
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const input: AnswerInput = { runId: 'run', fresh: false, budget: {}, config, suite, arm };
  const ref = (await environment.run(answerSuite, input)) as DataRef;
  return { asked, answers: await artifacts.loadJsonLines(ref, AnswerSchema) };
}
const weights = () => ({ uri: pathToFileURL(folder).href, sha256: 'm' });

describe('an arm that answers from the documents', () => {
  it('asks its model as serving does, and keeps what it was given', async () => {
    const { asked, answers } = await answersOf({ name: 'tuned', kind: 'model', model: weights(), servedAs });
    expect(asked.map(({ messages }) => messages.at(-1)?.content)).toEqual([
      'Answer from these passages only.\n\n[1] Kettles: The blue kettle holds two litres of water.\n\nHow much water does the blue kettle hold?',
    ]);
    expect(answers[0]).toMatchObject({
      answer: 'Two litres.',
      latencyMs: 5,
      citations: [
        { passageId: 'kettles.md#0', start: 10, end: 52, text: 'The blue kettle holds two litres of water.' },
      ],
    });
  });

  it('shows its model the examples of its prompt first, below its own system text', async () => {
    const examples = [{ question: 'Q?', asked: 'P Q?', answered: 'A.' }];
    const under = { ...servedAs, systemPrompt: 'Be brief.', openBook: { ...servedAs.openBook, examples } };
    const { asked } = await answersOf({ name: 'dspy', kind: 'model', model: weights(), servedAs: under });
    expect(asked[0]?.messages.map(({ role, content }) => [role, content.slice(0, 9)])).toEqual([
      ['system', 'Be brief.'],
      ['user', 'P Q?'],
      ['assistant', 'A.'],
      ['user', 'Answer fr'],
    ]);
  });

  it('says without its model that the documents do not say', async () => {
    const { answers } = await answersOf({ name: 'tuned', kind: 'model', model: weights(), servedAs });
    expect(answers[1]).toMatchObject({ answer: "The documents don't say.", citations: [] });
  });

  it('quotes with no model at all', async () => {
    const quote: Arm = { name: 'extract', kind: 'model', model: { kind: 'quote', sentences: 1, rule: 1 }, servedAs };
    const { asked, answers } = await answersOf(quote);
    expect(asked).toEqual([]);
    expect(answers.map(({ answer }) => answer)).toEqual([
      'The blue kettle holds two litres of water.',
      "The documents don't say.",
    ]);
  });

  it('without the documents is asked the question alone', async () => {
    const { asked, answers } = await answersOf({ name: 'tuned-closed', kind: 'model', model: weights() });
    expect(asked[0]?.messages).toEqual([{ role: 'user', content: 'How much water does the blue kettle hold?' }]);
    expect(answers[0]).not.toHaveProperty('citations');
  });

  it('is refused by a worker that opens no index', async () => {
    const arm: Arm = { name: 'tuned', kind: 'model', model: weights(), servedAs };
    await expect(answersOf(arm, null as never)).rejects.toThrow(
      "arm 'tuned': it answers from the documents, and this worker opens no index",
    );
  });
});
