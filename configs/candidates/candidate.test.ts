import { describe, expect, it } from 'vitest';
import { resolvePaths } from '../paths.ts';
import { knownNames } from '../../evaluation/known-names.ts';
import { loadRunConfig, loadStages } from '../load.ts';

const { projectRoot } = resolvePaths({});
const known = knownNames(await loadStages(projectRoot));
const load = (candidate: object) =>
  loadRunConfig({ config: { name: 'x', documents: 'docs', candidates: [candidate] }, projectRoot, known });

it('a candidate is trained by TRL where it names no provider, as configs of before do', async () => {
  const { config } = await load({ name: 'a', lora: {} });
  expect(config.candidates).toMatchObject([{ provider: 'trl', method: 'sft', batchSize: 16, lora: { rank: 16 } }]);
  expect((await load({ name: 'a', provider: 'trl', lora: {} })).config).toEqual(config);
});

it('TRL trains nothing whose weights nobody has', async () => {
  await expect(load({ name: 'a', base: 'hosted://acme/small' })).rejects.toThrow(
    "candidates[0].base: found 'hosted://acme/small', whose weights nobody has",
  );
});

it('a provider that nobody knows, and a field that its provider has not, are refused by name', async () => {
  await expect(load({ name: 'a', provider: 'acme' })).rejects.toThrow(
    "candidates[0].provider: unknown provider 'acme'; known: trl",
  );
  await expect(load({ name: 'a', bachSize: 4 })).rejects.toThrow(/candidates\[0\].*bachSize.*batchSize/s);
});

describe('the open book', () => {
  const check = (config: object) =>
    loadRunConfig({ config: { name: 'x', documents: 'docs', ...config }, projectRoot, known });

  it('is trained for, and quoted, only where answers are given from the documents', async () => {
    const candidates = [
      { name: 'a', openBook: {} },
      { name: 'quote', provider: 'quote' },
    ];
    await expect(check({ candidates })).rejects.toThrow(
      /candidates\[0\]\.openBook: found it without `retrieval:`.*candidates\[1\]\.provider: found 'quote' without `retrieval:`/s,
    );
    const { config } = await check({ candidates, retrieval: {} });
    expect(config.candidates).toMatchObject([
      { name: 'a', openBook: { share: 1, order: 'nearest', withoutRight: 0.02 } },
      { name: 'quote', provider: 'quote', sentences: 3 },
    ]);
  });

  it('compares what quotes with the base of the first that is trained, unless it says which', async () => {
    const bases = async (...candidates: object[]) =>
      (await check({ candidates, retrieval: {} })).config.candidates.map(({ base }) => base);
    const quote = { name: 'quote', provider: 'quote' };
    expect(await bases(quote, { name: 'a', base: 'smollm2-135m' })).toEqual(['smollm2-135m', 'smollm2-135m']);
    expect(await bases(quote)).toEqual(['tiny-llama']);
    expect(await bases({ ...quote, base: 'smollm2-135m' }, { name: 'a' })).toEqual(['smollm2-135m', 'tiny-llama']);
  });

  it('has arms of its own, whose names no candidate may have', async () => {
    await expect(
      check({ candidates: [{ name: 'extract' }, { name: 'a' }, { name: 'a-closed' }, { name: 'base-open' }] }),
    ).rejects.toThrow(/\[0\]\.name: 'extract' .*\[2\]\.name: 'a-closed' .*of a without.*\[3\]\.name: 'base-open'/s);
  });

  it('is no place for what a model is trained with', async () => {
    await expect(
      check({ candidates: [{ name: 'quote', provider: 'quote', maxSteps: 3 }], retrieval: {} }),
    ).rejects.toThrow(/candidates\[0\].*maxSteps/s);
    await expect(
      check({ candidates: [{ name: 'quote', provider: 'quote', sentences: 11 }], retrieval: {} }),
    ).rejects.toThrow(/candidates\[0\]\.sentences.*10/s);
  });
});
