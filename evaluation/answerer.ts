import { localFolderRef } from '../artifacts/local-ref.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { AnswerInput, Arm } from '../contract/model-stages.ts';
import type { HostedModels } from '../contract/jobs.ts';
import { weightsOf } from '../contract/model-ref.ts';
import type { ChatMessage, ChatModel, ChatReply, ModelServer } from '../contract/ports.ts';
import { readExamples } from '../datasets/files/example-rows.ts';
import { echoOf } from '../language/echo.ts';
import type { Ledger } from '../providers/ledger/ledger.ts';
import type { SuiteQuestion } from '../schema/evaluation.ts';
import { hostedChat } from './look-hosted.ts';
import { createLookup } from './lookup.ts';

/** What arms answer with. */
export interface Answering {
  artifacts: ArtifactStore;
  ledger: Ledger;
  modelServer: ModelServer;
  hosted: HostedModels;
}

/** An answer, and of a model's how long it took and how long it is. */
export type Reply = Pick<ChatReply, 'text'> & Partial<Pick<ChatReply, 'latencyMs' | 'inputTokens' | 'outputTokens'>>;

/** How an arm answers a question: by its model, by the nearest training question's answer, or by saying the question again. */
export async function answerer(
  answering: Answering,
  { runId, fresh, budget, config, arm }: AnswerInput,
  signal: AbortSignal,
): Promise<(question: SuiteQuestion) => Promise<Reply>> {
  const { artifacts, ledger } = answering;
  if (arm.kind === 'lookup') {
    const lookup = createLookup(await readExamples({ ref: arm.train, store: artifacts }));
    return ({ question }) => Promise.resolve({ text: lookup(question)?.answer ?? '' });
  }
  if (arm.kind === 'echo') return ({ question }) => Promise.resolve({ text: echoOf(question) });
  const { systemPrompt, temperature, maxTokens } = arm.servedAs ?? config.serving;
  const asked = await chatModelOf(answering, arm, config.evaluation.concurrency);
  const model = ledger.wrap(asked, { runId, fresh, budget });
  const system: ChatMessage[] = systemPrompt ? [{ role: 'system', content: systemPrompt }] : [];
  return async ({ question, history = [] }) => {
    const messages = [...system, ...history, { role: 'user' as const, content: question }];
    const { text, latencyMs, inputTokens, outputTokens } = await model.chat(
      { messages, temperature, maxTokens },
      signal,
    );
    return { text, ...(latencyMs !== undefined && { latencyMs }), inputTokens, outputTokens };
  };
}

/**
 * Weights of ours are asked on our model server, a hosted model at its provider.
 * @throws RunError where nobody knows its provider, and where there is no model to ask
 */
async function chatModelOf(
  { artifacts, modelServer, hosted }: Answering,
  { name, model }: Extract<Arm, { kind: 'model' }>,
  concurrency: number,
): Promise<ChatModel> {
  if (model.kind === 'hosted') return hostedChat({ hosted, model, concurrency, subject: `arm '${name}'` });
  const weights = weightsOf(model, `arm '${name}'`);
  return modelServer.chatModel(await localFolderRef(artifacts, weights), concurrency);
}
