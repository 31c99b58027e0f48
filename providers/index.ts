import type { ModelSpec, RemoteModelSpec } from '../configs/schema.ts';
import type { Keys } from './chat/api-key.ts';
import { createBatchModel, type BatchQueues } from './ledger/batch-model.ts';
import { createBuiltinTeacher } from '../teacher/model.ts';
import { createHuggingFaceModel } from './chat/huggingface.ts';
import { createOpenAiModel } from './chat/openai.ts';
import type { ChatModel } from '../contract/ports.ts';

type Factories = {
  [Name in ModelSpec['provider']]: (spec: Extract<ModelSpec, { provider: Name }>, keys: Keys) => ChatModel;
};

/** One line for each chat provider of the config: a missing one does not compile. */
const factories: Factories = {
  builtin: () => createBuiltinTeacher(),
  openai: createOpenAiModel,
  huggingface: createHuggingFaceModel,
};

/**
 * The model that a config names. Keys are read, and sent, as `keys` lets them. Without `queues` each call is made by itself, also of
 * a model whose mode is `batch`.
 * @throws ProviderError `authentication` when a key is missing, or may not go to that server
 */
export function createChatModel(spec: ModelSpec, keys: Keys, queues?: BatchQueues): ChatModel {
  if (queues && spec.provider === 'openai' && spec.mode === 'batch') return createBatchModel({ spec, keys, queues });
  return direct(spec, keys);
}

function direct<Name extends ModelSpec['provider']>(
  spec: Extract<ModelSpec, { provider: Name }>,
  keys: Keys,
): ChatModel {
  return factories[spec.provider as Name](spec, keys);
}

/** A model for its identity alone, in keys and versions: it is not asked, so any key does, for any server. */
export function modelIdentity(spec: RemoteModelSpec): ChatModel {
  const variable = spec.apiKeyEnv ?? (spec.provider === 'openai' ? 'OPENAI_API_KEY' : 'HF_TOKEN');
  return createChatModel(spec, {
    env: { [variable]: 'not-used' },
    servers: { [variable]: ['http*://*', 'http*://*:*'] },
  });
}
