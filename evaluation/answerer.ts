import { RunError } from '../common/errors.ts';
import { localFolderRef } from '../artifacts/local-ref.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { AnswerInput, Arm } from '../contract/model-stages.ts';
import type { HostedModels } from '../contract/jobs.ts';
import { weightsOf } from '../contract/model-ref.ts';
import type { ChatMessage, ChatModel, ChatReply, ModelServer } from '../contract/ports.ts';
import type { Retriever } from '../contract/retrieval.ts';
import { readExamples } from '../datasets/files/example-rows.ts';
import { echoOf } from '../language/echo.ts';
import type { Ledger } from '../providers/ledger/ledger.ts';
import { answerOpenBook } from '../retrieval/answering/answer.ts';
import type { Rewriter } from '../retrieval/answering/rewrite.ts';
import type { Citation } from '../schema/retrieval.ts';
import type { ServedAs, SuiteQuestion } from '../schema/evaluation.ts';
import { hostedChat } from './look-hosted.ts';
import { createLookup } from './lookup.ts';

/** What arms answer with. */
export interface Answering {
  artifacts: ArtifactStore;
  ledger: Ledger;
  modelServer: ModelServer;
  hosted: HostedModels;
  /** Asks the indexes that versions answer from. */
  retriever?: Retriever | undefined;
  /** The day, as YYYY-MM-DD: what was valid until an earlier one is not shown. */
  today: string;
}

/** A question is no longer. */
const REWRITTEN_TOKENS = 64;

/** An answer, of a model's how long it took and how long it is, and what of the documents it was given from, where it was. */
export type Reply = Pick<ChatReply, 'text'> &
  Partial<Pick<ChatReply, 'latencyMs' | 'inputTokens' | 'outputTokens'>> & { citations?: readonly Citation[] };

/** How an arm answers a question: by its model, by the nearest training question's answer, or by saying the question again. */
export async function answerer(
  answering: Answering,
  { runId, fresh, budget, config, arm }: AnswerInput,
  signal: AbortSignal,
): Promise<(question: SuiteQuestion) => Promise<Reply>> {
  const { artifacts } = answering;
  if (arm.kind === 'lookup') {
    const lookup = createLookup(await readExamples({ ref: arm.train, store: artifacts }));
    return ({ question }) => Promise.resolve({ text: lookup(question)?.answer ?? '' });
  }
  if (arm.kind === 'echo') return ({ question }) => Promise.resolve({ text: echoOf(question) });
  return servedAnswerer(answering, { runId, fresh, budget, config, arm }, signal);
}

/** As a version answers: with its own system prompt, sampling and documents. */
async function servedAnswerer(
  answering: Answering,
  {
    arm,
    config,
    ...terms
  }: Pick<AnswerInput, 'config' | 'runId' | 'fresh' | 'budget'> & { arm: Extract<Arm, { kind: 'model' }> },
  signal: AbortSignal,
): Promise<(question: SuiteQuestion) => Promise<Reply>> {
  const { ledger, retriever, today } = answering;
  const servedAs: ServedAs = arm.servedAs ?? config.serving;
  const { systemPrompt, temperature, maxTokens, openBook } = servedAs;
  const quote = arm.model.kind === 'quote' ? arm.model.sentences : undefined;
  if (openBook && !retriever)
    throw new RunError('retrieval', `arm '${arm.name}': it answers from the documents, and this worker opens no index`);
  if (quote !== undefined && !openBook)
    throw new RunError('retrieval', `arm '${arm.name}': it quotes the documents, and names no index of them`);

  const model =
    quote === undefined
      ? ledger.wrap(await chatModelOf(answering, arm, config.evaluation.concurrency), terms)
      : undefined;
  const ask = async (messages: ChatMessage[]): Promise<Reply> => {
    const { text, latencyMs, inputTokens, outputTokens } = await model!.chat(
      { messages, temperature, maxTokens },
      signal,
    );
    return { text, ...(latencyMs !== undefined && { latencyMs }), inputTokens, outputTokens };
  };
  const rewriter: Rewriter = async (messages, aborted) => {
    const asked = { messages, temperature: 0, maxTokens: REWRITTEN_TOKENS };
    const { text, outputTokens } = await model!.chat(asked, aborted ?? signal);
    return { text, tokens: outputTokens };
  };
  const system: ChatMessage[] = systemPrompt ? [{ role: 'system', content: systemPrompt }] : [];
  return async ({ question, history = [] }) => {
    const before = [...system, ...history];
    const messages = [...before, { role: 'user' as const, content: question }];
    if (!openBook || !retriever) return ask(messages);
    const found = await answerOpenBook(
      { retriever, clock: () => performance.now(), ...(model && { rewriter }) },
      { openBook, messages, quote, today },
      signal,
    );
    const { citations } = found;
    if (found.kind === 'say') return { text: found.text, citations };
    return { ...(await ask(found.messages)), citations };
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
