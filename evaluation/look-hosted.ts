import { RunError } from '../common/errors.ts';
import { unknownName } from '../common/unknown-name.ts';
import type { HostedModels } from '../contract/jobs.ts';
import type { ChatModel } from '../contract/ports.ts';
import type { ServedAs } from '../schema/evaluation.ts';
import type { HostedModel } from '../schema/model-ref.ts';

/** How a hosted model is asked. @throws RunError where nobody knows its provider */
export function hostedChat(options: {
  hosted: HostedModels;
  model: HostedModel;
  concurrency: number;
  /** What needs it, for the message. */
  subject: string;
}): ChatModel {
  const { hosted, model, concurrency, subject } = options;
  const ask = Object.hasOwn(hosted, model.provider) ? hosted[model.provider] : undefined;
  if (ask) return ask(model.id, concurrency);
  throw new RunError(
    'hosted-model',
    `${subject}: model '${model.id}': ${unknownName('provider', model.provider, Object.keys(hosted))}; providers are declared in configs/hosted.yaml, which the worker and the gateway read when they start`,
  );
}

/** Asks a hosted model one small thing, as it would be asked. @throws RunError, ProviderError where no answer comes */
export async function lookHosted(options: {
  hosted: HostedModels;
  model: HostedModel;
  servedAs: ServedAs;
  signal: AbortSignal;
}): Promise<void> {
  const { hosted, model, servedAs, signal } = options;
  const { systemPrompt, temperature, maxTokens } = servedAs;
  const chat = hostedChat({ hosted, model, concurrency: 1, subject: 'hosted' });
  const system = systemPrompt ? [{ role: 'system' as const, content: systemPrompt }] : [];
  const messages = [...system, { role: 'user' as const, content: 'Answer with one word: are you there?' }];
  const { text } = await chat.chat({ messages, temperature, maxTokens }, signal);
  if (text.trim() === '')
    throw new RunError(
      'hosted-model',
      `hosted: '${model.provider}/${model.id}' answered with an empty text; expected an answer: raise maxTokens (now ${maxTokens}), or name another model`,
    );
}
