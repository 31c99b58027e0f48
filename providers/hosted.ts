import { OpenAiModelSchema, type HostedProviders } from '../configs/schema.ts';
import type { HostedModels } from '../contract/jobs.ts';
import { readApiKey, type Keys } from './chat/api-key.ts';
import { createOpenAiModel } from './chat/openai.ts';

/** Models that we have no weights of, asked where configs/hosted.yaml says. */

/** How each provider's models are asked. A key that is missing shows when one is asked. */
export function createHosted(providers: HostedProviders, keys: Keys): HostedModels {
  return Object.fromEntries(
    Object.entries(providers).map(([name, { baseUrl, apiKeyEnv, timeoutMs }]) => [
      name,
      (id: string, concurrency: number) => {
        const spec = { provider: 'openai', model: id, baseUrl, concurrency, timeoutMs };
        return createOpenAiModel(OpenAiModelSchema.parse({ ...spec, ...(apiKeyEnv && { apiKeyEnv }) }), keys);
      },
    ]),
  );
}

/** Where a gateway sends a request for one of them. @throws ProviderError where the key is missing, or may not go there */
export function hostedServer(
  name: string,
  { baseUrl, apiKeyEnv = 'OPENAI_API_KEY' }: HostedProviders[string],
  keys: Keys,
): { baseUrl: string; headers: Record<string, string> } {
  const key = readApiKey({ keys, variable: apiKeyEnv, subject: `provider '${name}'`, url: baseUrl });
  return { baseUrl: baseUrl.replace(/\/+$/, ''), headers: key ? { authorization: `Bearer ${key}` } : {} };
}
