import { z } from 'zod';

/**
 * What answers: weights that we have, tokenizer and chat template with them, or a model that a provider hosts. Weights need not say that
 * they are: histories, jobs and registries of before there were hosted models hold them so.
 */
export const WeightsSchema = z.strictObject({
  kind: z.literal('weights').optional(),
  /** Of the folder (or, for a base of the hub, `hf://<id>@<revision>`). */
  uri: z.string().min(1),
  /** Over the files' names and contents. */
  sha256: z.string().min(1),
});
export const HostedModelSchema = z.strictObject({
  kind: z.literal('hosted'),
  /** Without a slash. */
  provider: z.string().regex(/^[^/]+$/),
  /** The model's at its provider. */
  id: z.string().min(1),
});
export const ModelRefSchema = z.union([HostedModelSchema, WeightsSchema]);

export type Weights = z.infer<typeof WeightsSchema>;
export type HostedModel = z.infer<typeof HostedModelSchema>;
export type ModelRef = z.infer<typeof ModelRefSchema>;

const HOSTED = 'hosted://';

/** What makes two models the same: the hash of their weights, or their name at their provider. */
export const modelId = (model: ModelRef): string =>
  model.kind === 'hosted' ? `${model.provider}/${model.id}` : model.sha256;

/** Where a model is, as one text. */
export const modelUri = (model: ModelRef): string => (model.kind === 'hosted' ? HOSTED + modelId(model) : model.uri);

/** The model of a URI and an id. */
export function modelRef({ uri, id }: { uri: string; id: string }): ModelRef {
  if (!uri.startsWith(HOSTED)) return { uri, sha256: id };
  const [provider = '', ...rest] = uri.slice(HOSTED.length).split('/');
  return { kind: 'hosted', provider, id: rest.join('/') };
}
