import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { FineTuneInput, TrainedModel } from './types.ts';

/** Writes the model's card beside its weights: what made it, in the Hugging Face layout. The same job writes the same card. */
export async function modelCard(options: {
  folder: string;
  input: FineTuneInput;
  trained: TrainedModel;
}): Promise<void> {
  const { folder, input, trained } = options;
  const { candidate, base, dataset, seed, model, configHash } = input;
  const header = {
    base_model: candidate.base,
    ...(candidate.licence !== undefined && { license: 'other', license_name: candidate.licence }),
    library_name: candidate.lora ? 'peft' : 'transformers',
    pipeline_tag: 'text-generation',
    tags: ['whetstone', candidate.method],
  };
  const rows: [string, string | number][] = [
    ['base model', `${candidate.base} (weights ${base.sha256.slice(0, 12)})`],
    ['base licence', candidate.licence ?? (candidate.base === 'tiny-llama' ? "the documents'" : 'not stated')],
    [
      'dataset',
      `${model} version ${dataset.version}: ${dataset.train.rows} training and ${dataset.validation.rows} validation examples`,
    ],
    ['dataset hash', dataset.sha256],
    [
      'method',
      candidate.lora ? `${candidate.method}, LoRA of rank ${candidate.lora.rank}` : `${candidate.method}, all weights`,
    ],
    ['steps', `${trained.steps} of ${candidate.batchSize} examples`],
    ['learning rate', candidate.learningRate],
    ['seed', seed],
    ['final training loss', trained.finalLoss ?? 'not reported'],
    ['run config hash', configHash],
    ['weights hash', trained.model.sha256],
  ];
  const table = rows.map(([name, value]) => `| ${name} | ${value} |`).join('\n');
  const body = `# ${model}, candidate ${candidate.name}\n\nA fine-tuned model made by Whetstone. Whether it may serve is said by the registry, not by this card.\n\n| | |\n| --- | --- |\n${table}\n`;
  await writeFile(join(folder, 'README.md'), `---\n${stringify(header)}---\n\n${body}`);
}
