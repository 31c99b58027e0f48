import { z } from 'zod';

/**
 * What answers: weights that we have, tokenizer and chat template with them, a model that a provider hosts, or no model at all: a rule
 * that quotes the documents. Weights need not say that they are: histories, jobs and registries of before there was anything else hold
 * them so.
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
export const QuoteSchema = z.strictObject({
  kind: z.literal('quote'),
  /** Most of them in an answer. */
  sentences: z.number().int().min(1).max(10),
  /** Of the rule: another one answers otherwise, and is another version. */
  rule: z.literal(1),
});
export const ModelRefSchema = z.union([HostedModelSchema, QuoteSchema, WeightsSchema]);

export type Weights = z.infer<typeof WeightsSchema>;
export type HostedModel = z.infer<typeof HostedModelSchema>;
export type Quote = z.infer<typeof QuoteSchema>;
export type ModelRef = z.infer<typeof ModelRefSchema>;

const HOSTED = 'hosted://';
const QUOTE = 'quote://';
const QUOTE_ID = /^sentences-(\d+)@(\d+)$/;

/** What makes two models the same: the hash of their weights, their name at their provider, or the rule. No two kinds share one. */
export function modelId(model: ModelRef): string {
  switch (model.kind) {
    case 'hosted':
      return `${model.provider}/${model.id}`;
    case 'quote':
      return `sentences-${model.sentences}@${model.rule}`;
    default:
      return model.sha256;
  }
}

/** Where a model is, as one text. */
export function modelUri(model: ModelRef): string {
  switch (model.kind) {
    case 'hosted':
      return HOSTED + modelId(model);
    case 'quote':
      return QUOTE + modelId(model);
    default:
      return model.uri;
  }
}

/** The model of a URI and an id. @throws Error for a quote by a rule that is not known here */
export function modelRef({ uri, id }: { uri: string; id: string }): ModelRef {
  if (uri.startsWith(QUOTE)) return quoteOf(uri.slice(QUOTE.length));
  return hostedModel(uri) ?? { uri, sha256: id };
}

/** The model that a name says is hosted, such as `hosted://acme/small`: there is nothing to make of it. */
export function hostedModel(name: string): HostedModel | undefined {
  if (!name.startsWith(HOSTED)) return undefined;
  const [provider = '', ...rest] = name.slice(HOSTED.length).split('/');
  return { kind: 'hosted', provider, id: rest.join('/') };
}

/** Whether an id is that of a rule which quotes. */
export const isQuoteId = (id: string): boolean => QUOTE_ID.test(id);

function quoteOf(id: string): Quote {
  const [, sentences, rule] = QUOTE_ID.exec(id) ?? [];
  const parsed = QuoteSchema.safeParse({ kind: 'quote', sentences: Number(sentences), rule: Number(rule) });
  if (parsed.success) return parsed.data;
  throw new Error(
    `found '${QUOTE}${id}'; expected ${QUOTE}sentences-N@1 with N from 1 to 10; what a newer Whetstone registered is read by a newer one`,
  );
}

/** Whether there are weights: not where a provider keeps them, nor where a rule answers. */
export const isWeights = (model: ModelRef): model is Weights => model.kind !== 'hosted' && model.kind !== 'quote';
