import { InferenceClient, PROVIDERS_OR_POLICIES, type InferenceProviderOrPolicy } from '@huggingface/inference';
import type { HuggingFaceModelSpec } from '../../configs/schema.ts';
import { readApiKey, type Keys } from './api-key.ts';
import { lightFetch } from './light-fetch.ts';
import { createRemoteChatModel, serverName } from './remote-chat.ts';
import { ProviderError, type ChatModel } from '../../contract/ports.ts';

/** Where Inference Providers are asked with a token of Hugging Face. */
const ROUTER_URL = 'https://router.huggingface.co';

/**
 * A model behind Hugging Face: an Inference Provider, or the Inference Endpoint (or any TGI-like server) of `endpointUrl`.
 * @throws ProviderError `authentication` when the key's variable is not set, `bad-request` for an unknown provider
 */
export function createHuggingFaceModel(spec: HuggingFaceModelSpec, keys: Keys): ChatModel {
  const { endpointUrl, model } = spec;
  const server = endpointUrl ? serverName(endpointUrl) : `inference provider ${spec.inferenceProvider}`;
  const accessToken = readApiKey({
    keys,
    variable: spec.apiKeyEnv ?? 'HF_TOKEN',
    subject: `huggingface model '${model}' at ${server}`,
    url: endpointUrl ?? ROUTER_URL,
  });
  const client = new InferenceClient(accessToken);
  // The client refuses a provider beside an endpoint.
  const route = endpointUrl ? { endpointUrl } : { provider: knownProvider(spec.inferenceProvider) };
  return createRemoteChatModel({
    spec,
    server,
    secrets: accessToken ? [accessToken] : [],
    send: async (body, { signal, onResponse }) => {
      let answered: Response | undefined;
      const asked = client.chatCompletion(
        { ...body, ...route },
        {
          signal,
          // On by default, it asks a server that answers 503 again at once, for ever.
          retry_on_error: false,
          // The client's errors leave out the headers, and with them Retry-After.
          fetch: async (input, init) => {
            answered = await lightFetch(input, init);
            onResponse(answered);
            return answered;
          },
        },
      );
      // What the client thinks of an answer is no matter: it is read as that of any other server.
      await asked.catch((error: unknown) => {
        if (!answered?.ok) throw error;
      });
      if (!answered) throw new ProviderError('malformed', 'no request was sent');
      return answered;
    },
  });
}

function knownProvider(name: string): InferenceProviderOrPolicy {
  const known = PROVIDERS_OR_POLICIES.find((provider) => provider === name);
  if (known) return known;
  throw new ProviderError(
    'bad-request',
    `inferenceProvider: unknown provider '${name}'; known: ${[...PROVIDERS_OR_POLICIES].sort().join(', ')}`,
  );
}
