import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { isTrl, learningRateOf, NAMED_BASES, type CandidateOf } from '../configs/schema.ts';
import { isWeights, modelUri, weightsOf } from '../contract/model-ref.ts';
import type { ModelRef } from '../schema/model-ref.ts';
import type { FineTuneInput, TrainedModel } from '../contract/model-stages.ts';

/** Writes the model's card beside its weights: what made it, in the Hugging Face layout. The same job writes the same card. */
export async function modelCard(options: {
  folder: string;
  input: FineTuneInput;
  trained: TrainedModel;
}): Promise<void> {
  const { folder, input, trained } = options;
  const { candidate, base, dataset, seed, model, configHash } = input;
  const { provider } = candidate;
  const header = {
    base_model: candidate.base,
    ...(candidate.licence !== undefined && { license: 'other', license_name: candidate.licence }),
    ...(isTrl(candidate) && { library_name: candidate.lora ? 'peft' : 'transformers' }),
    pipeline_tag: 'text-generation',
    tags: ['whetstone', ...(isTrl(candidate) ? [candidate.method] : [])],
  };
  const rows: [string, string | number][] = [
    ['base model', `${candidate.base} (${modelText(base)})`],
    ['base licence', candidate.licence ?? namedLicence(candidate.base) ?? 'not stated'],
    [
      'dataset',
      `${model} version ${dataset.version}: ${dataset.train.rows} training and ${dataset.validation.rows} validation examples`,
    ],
    ['dataset hash', dataset.sha256],
    ['trained by', provider],
    ...(isTrl(candidate) ? [methodRow(candidate)] : []),
    ...lengthRows(trained),
    ...(isTrl(candidate) ? stepRows(candidate, trained) : []),
    ['recipe', trained.recipe ?? 'plain'],
    ['seed', seed],
    ['final training loss', trained.finalLoss ?? 'not reported'],
    ['run config hash', configHash],
    ['weights hash', weightsOf(trained.model, `candidate '${candidate.name}'`).sha256],
  ];
  const table = rows.map(([name, value]) => `| ${name} | ${value} |`).join('\n');
  const left = leftOut(trained);
  const body = `# ${model}, candidate ${candidate.name}\n\nA fine-tuned model made by Whetstone. Whether it may serve is said by the registry, not by this card.\n\n| | |\n| --- | --- |\n${table}\n${left}`;
  await writeFile(join(folder, 'README.md'), `---\n${stringify(header)}---\n\n${body}`);
}

const methodRow = ({ method, lora }: CandidateOf<'trl'>): [string, string] => [
  'method',
  lora ? `${method}, LoRA of rank ${lora.rank}` : `${method}, all weights`,
];

const stepRows = (candidate: CandidateOf<'trl'>, { steps }: TrainedModel): [string, string | number][] => [
  ['steps', `${steps} of ${candidate.batchSize} examples`],
  ['learning rate', learningRateOf(candidate)],
];

const modelText = (model: ModelRef) => (isWeights(model) ? `weights ${model.sha256.slice(0, 12)}` : modelUri(model));

const namedLicence = (base: string): string | undefined =>
  Object.hasOwn(NAMED_BASES, base) ? NAMED_BASES[base as keyof typeof NAMED_BASES].licence : undefined;

/** What came of the examples by the base's own tokenizer. */
function lengthRows({ examples }: TrainedModel): [string, string][] {
  if (!examples) return [];
  const { examples: all, tooLong, limit, longest, meanTokens } = examples;
  return [
    ['tokens an example', `${meanTokens} on average, ${longest} at most`],
    ['left out as too long', `${tooLong} of ${all} (above ${limit} tokens)`],
  ];
}

/** The examples that were not trained on, so that nobody looks for what they say. */
function leftOut({ examples }: TrainedModel): string {
  if (!examples || examples.tooLong === 0) return '';
  const lines = examples.first.map(
    ({ line, tokens, question }) => `- line ${line}, ${tokens} tokens: ${question.replaceAll(/\s+/g, ' ')}`,
  );
  const more = examples.tooLong - lines.length;
  return `\n## Left out as too long\n\n${lines.join('\n')}\n${more > 0 ? `- and ${more} more\n` : ''}`;
}
