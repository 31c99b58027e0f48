import { localFolderRef } from '../artifacts/local-ref.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { AnswerInput } from '../contract/model-stages.ts';
import { weightsOf } from '../contract/model-ref.ts';
import type { ChatMessage, ModelServer } from '../contract/ports.ts';
import { readExamples } from '../datasets/files/example-rows.ts';
import { echoOf } from '../language/echo.ts';
import type { Ledger } from '../providers/ledger/ledger.ts';
import type { SuiteQuestion } from '../schema/evaluation.ts';
import { createLookup } from './lookup.ts';

/** What arms answer with. */
export interface Answering {
  artifacts: ArtifactStore;
  ledger: Ledger;
  modelServer: ModelServer;
}

/** How an arm answers a question: by its model, by the nearest training question's answer, or by saying the question again. */
export async function answerer(
  { artifacts, ledger, modelServer }: Answering,
  { runId, fresh, budget, config, arm }: AnswerInput,
  signal: AbortSignal,
): Promise<(question: SuiteQuestion) => Promise<string>> {
  if (arm.kind === 'lookup') {
    const lookup = createLookup(await readExamples({ ref: arm.train, store: artifacts }));
    return ({ question }) => Promise.resolve(lookup(question)?.answer ?? '');
  }
  if (arm.kind === 'echo') return ({ question }) => Promise.resolve(echoOf(question));
  const { systemPrompt, temperature, maxTokens } = arm.servedAs ?? config.serving;
  const weights = await localFolderRef(artifacts, weightsOf(arm.model, `arm '${arm.name}'`));
  const model = ledger.wrap(modelServer.chatModel(weights, config.evaluation.concurrency), {
    runId,
    fresh,
    budget,
  });
  const system: ChatMessage[] = systemPrompt ? [{ role: 'system', content: systemPrompt }] : [];
  return async ({ question, history = [] }) => {
    const messages = [...system, ...history, { role: 'user' as const, content: question }];
    return (await model.chat({ messages, temperature, maxTokens }, signal)).text;
  };
}
