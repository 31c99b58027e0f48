import { z } from 'zod';

/** How a config names a model behind a provider: a teacher, or a judge model. */

export const text = z.string().min(1);
export const positiveInteger = z.number().int().positive();

/** `localhost:8000` is a URL too, of the scheme `localhost`. */
const address = z
  .url({ protocol: /^https?$/ })
  .refine((url) => !/^[^/]*\/\/[^/]*@/.test(url), {
    message: 'expected no user and password in it, which would be written where others read; name the key in apiKeyEnv',
    abort: true,
  })
  .refine((url) => !/\/(chat\/)?completions\/?$/.test(url), {
    message: 'expected the address without the route, which is added: end it before /chat/completions',
  });

export const PricesSchema = z.strictObject({
  inputPerMillion: z.number().min(0).describe('US dollars for a million tokens of requests.'),
  outputPerMillion: z.number().min(0).describe('US dollars for a million tokens of answers.'),
});

const VARIABLE_RULE =
  'the name of an environment variable, such as OPENAI_API_KEY; the key itself stands in that variable';

const remoteModelFields = {
  model: text.describe("The model's id at its provider."),
  apiKeyEnv: z
    .string()
    .regex(/^[A-Za-z_]\w*$/, VARIABLE_RULE)
    .meta({ expected: VARIABLE_RULE, secret: true })
    .optional()
    .describe(
      "Name of the environment variable that holds the key; the key itself is never written. Without it: the provider's usual variable.",
    ),
  temperature: z.number().min(0).max(2).default(0.7).describe('Sampling temperature.'),
  maxTokens: positiveInteger.default(1024).describe('Longest reply.'),
  concurrency: z
    .number()
    .int()
    .min(1)
    .max(512)
    .default(16)
    .describe(
      'Most calls in flight at once, over all batches of a worker; fewer while the server refuses or slows down.',
    ),
  requestsPerMinute: z.number().positive().optional().describe("The server's limit, where its headers don't tell it."),
  tokensPerMinute: z.number().positive().optional().describe("The server's limit, where its headers don't tell it."),
  prices: PricesSchema.optional().describe('What the model costs; needed for `budget.usd`.'),
  format: z
    .enum(['json', 'lines'])
    .default('json')
    .describe(
      'How the model is to reply. `lines`: a plainer form for small models, of a teacher (a question and its answer a reply) or of the judges `llm`, `guideline` and `panel` (the label, then the reason).',
    ),
  timeoutMs: positiveInteger.default(120_000).describe('Milliseconds after which one call is given up.'),
};

export const BuiltinModelSchema = z.strictObject({
  provider: z
    .literal('builtin')
    .describe("`builtin` derives questions from the documents' sentences by rules: no key, no network."),
});

export const OpenAiModelSchema = z.strictObject({
  provider: z.literal('openai').describe('`openai`: any server that speaks the OpenAI protocol.'),
  ...remoteModelFields,
  mode: z
    .enum(['online', 'batch'])
    .default('online')
    .describe(
      '`batch`: calls go through the Batch protocol, for half the price at most providers (state it in `prices`), with answers within a day.',
    ),
  baseUrl: address.optional().describe("The server's address. Without it: OpenAI itself."),
});

export const HuggingFaceModelSchema = z.strictObject({
  provider: z.literal('huggingface').describe('`huggingface`: Inference Providers or an Inference Endpoint.'),
  ...remoteModelFields,
  inferenceProvider: text
    .default('auto')
    .describe("An Inference Provider's name (`auto`, `together`, ...); ignored when `endpointUrl` is set."),
  endpointUrl: address.optional().describe('An Inference Endpoint, or any TGI-like server.'),
});

export const RemoteModelSchema = z.discriminatedUnion('provider', [OpenAiModelSchema, HuggingFaceModelSchema]);
/** What a teacher's terms say of training other models on what it writes. */
export const TrainingTermsSchema = z
  .enum(['allowed', 'forbidden', 'unknown'])
  .default('unknown')
  .describe(
    "What the provider's terms say of training on the replies, as you read them; on the card. `forbidden` refuses the run.",
  );

export const TeacherSchema = z.discriminatedUnion('provider', [
  BuiltinModelSchema,
  OpenAiModelSchema.extend({ trainingTerms: TrainingTermsSchema }),
  HuggingFaceModelSchema.extend({ trainingTerms: TrainingTermsSchema }),
]);

/** Who answers for models that we have no weights of: configs/hosted.yaml, read by worker and gateway, never by a run. */
export const HostedSchema = z.strictObject({
  providers: z
    .record(
      z.string().regex(/^[^/\s]+$/, 'a name without slash or space'),
      z.strictObject({
        baseUrl: address.describe("The server's address; it speaks the OpenAI protocol."),
        apiKeyEnv: OpenAiModelSchema.shape.apiKeyEnv,
        timeoutMs: OpenAiModelSchema.shape.timeoutMs,
      }),
    )
    .describe('By name: each server that hosts models which are registered here.'),
});
export type HostedProviders = z.output<typeof HostedSchema>['providers'];

export type TeacherSpec = z.output<typeof TeacherSchema>;
export type ModelSpec = z.output<typeof BuiltinModelSchema> | RemoteModelSpec;
export type RemoteModelSpec = z.output<typeof RemoteModelSchema>;
export type OpenAiModelSpec = z.output<typeof OpenAiModelSchema>;
export type HuggingFaceModelSpec = z.output<typeof HuggingFaceModelSchema>;
