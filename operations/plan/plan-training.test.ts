import { describe, expect, it } from 'vitest';
import { RunConfigSchema, type RunConfigInput } from '../../configs/schema.ts';
import type { PastTraining } from '../../providers/training/past-trainings.ts';
import { describeLocal } from '../../worker/cli/plan-text.ts';
import { planTraining } from './plan-training.ts';
import { parametersOf, rateOf } from './training-rate.ts';

const CPU = { cores: 2, gpu: false };
const candidate = { name: 'smol', base: 'smollm2-135m', maxSteps: 150 };

/** A plan of 900 pairs that are still to be written, and 90 questions of people. */
function planned(options: { config?: Partial<RunConfigInput>; past?: PastTraining[]; machine?: typeof CPU } = {}) {
  const { past = [], machine = CPU } = options;
  const config = RunConfigSchema.parse({
    name: 'demo',
    documents: 'docs',
    generation: { target: 900, phrasings: 3 },
    candidates: [candidate],
    evaluation: { suites: ['test', 'golden.jsonl'] },
    ...options.config,
  });
  const question = { id: 'q', question: 'q', answer: 'a', cluster: 'q' };
  return planTraining({
    config,
    chunks: [],
    imports: [],
    generated: { stages: [], pairs: [], coming: { low: 900, high: 1800 }, share: 1, mayAskAgain: false },
    suites: [{ questions: Array.from({ length: 90 }, () => question) }],
    past,
    machine,
  });
}

describe('how long training takes', () => {
  it('is told by earlier trainings of the same base here, the same way', () => {
    const past = [
      { base: 'smollm2-135m', lora: false, tokensPerSecond: 60 },
      { base: 'smollm2-135m', lora: false, tokensPerSecond: 90 },
      { base: 'smollm2-135m', lora: true, tokensPerSecond: 5 },
      { base: 'tiny-llama', lora: false, tokensPerSecond: 5000 },
    ];
    expect(rateOf({ candidate: { base: 'smollm2-135m' }, past, machine: { cores: 2, gpu: true } })).toEqual({
      tokensPerSecond: { low: 40, high: 135 },
      from: 'as measured here in 2 earlier trainings of smollm2-135m',
    });
    const [training] = planned({ past });
    // 150 steps of 16 examples of 30 to 100 tokens.
    expect(training).toMatchObject({ what: 'training of smol', work: '150 steps of 16 examples' });
    expect(training?.seconds?.low).toBeCloseTo((150 * 16 * 30) / 135);
    expect(training?.seconds?.high).toBeCloseTo((150 * 16 * 100) / 40);
  });

  it('is longer with the documents in the prompt, and asks each model twice; what quotes takes none', () => {
    const past = [{ base: 'smollm2-135m', lora: false, tokensPerSecond: 60 }];
    const retrieval = { unit: 'sentences', k: 4 } as const;
    const quote = { name: 'quote', provider: 'quote' } as const;
    const [closed, answers] = planned({ past });
    const [open, asked, ...others] = planned({
      past,
      config: { retrieval, candidates: [{ ...candidate, openBook: {} }, quote] },
    });
    // Four sentences of 25 tokens each.
    expect(open!.seconds!.low / closed!.seconds!.low).toBeCloseTo((30 + 100) / 30);
    expect(asked?.work).toContain('by 2 models, each with the documents and without, and by what serves now');
    expect(asked!.seconds!.low).toBeGreaterThan(2 * answers!.seconds!.low);
    expect(others).toEqual([]);
  });

  it('else rests on an assumption that is stated; a training of the closed book took 1,499 s on two cores', () => {
    const [training] = planned();
    expect(training?.seconds?.low).toBeLessThan(1499);
    expect(training?.seconds?.high).toBeGreaterThan(1499);
    expect(describeLocal(training!).join('\n')).toMatch(
      /^- training of smol: 150 steps of 16 examples, about \d+ min to [\dhmin ]+\n {2}\(assumed, not measured here: 6 operations/,
    );
  });

  it('counts the steps of epochs as a range, since judges decide how many examples there are', () => {
    const [training] = planned({ config: { candidates: [{ name: 'e', base: 'owner/model-0.5B', recipe: 'plain' }] } });
    // Two of three wordings of 450 to 900 pairs, three times over.
    expect(training?.work).toBe('57 to 113 steps of 16 examples');
  });

  it.each([
    [{ base: './models/mine' }, CPU, 'no training of ./models/mine has ended here yet, and its size is not known'],
    [
      { base: 'smollm2-135m' },
      { cores: 2, gpu: true },
      'no training of smollm2-135m has ended here yet, and a GPU may be of any speed',
    ],
  ])('is unknown for %j on %j, and says why', (of, machine, unknown) => {
    expect(rateOf({ candidate: of, past: [], machine })).toEqual({ unknown });
    const [training, answers] = planned({ config: { candidates: [{ ...candidate, ...of }] }, machine });
    expect(training?.seconds).toBeUndefined();
    expect(describeLocal(training!)).toEqual([
      '- training of smol: 150 steps of 16 examples, for how long is unknown',
      `  (${unknown})`,
    ]);
    expect(answers).toMatchObject({ seconds: undefined, from: unknown });
  });

  it('is less with adapters than with whole weights', () => {
    const most = (lora?: object) =>
      planned({ config: { candidates: [{ ...candidate, ...(lora && { lora }) }] } })[0]?.seconds?.high;
    expect(most({})).toBeLessThan(most()!);
  });
});

it('estimates the answers to suites: base, candidate, and what serves; 408 s with the closed book on two cores', () => {
  const answers = planned().at(-1);
  expect(answers?.work).toBe('240 to 390 questions, by 2 models and by what serves now');
  expect(answers?.seconds?.low).toBeLessThan(408);
  expect(answers?.seconds?.high).toBeGreaterThan(408);
});

it.each([
  ['Qwen/Qwen2.5-0.5B-Instruct', 0.5e9],
  ['HuggingFaceTB/SmolLM2-360M', 360e6],
  ['owner/model-7b@main', 7e9],
  ['tiny-llama', 1.9e6],
  ['owner/model', undefined],
  ['owner/3bears', undefined],
  ['./models/mine-1B', undefined],
])('reads the size of %s from its name: %s', (base, parameters) => {
  expect(parametersOf(base)).toBe(parameters);
});
