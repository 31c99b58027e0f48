import { expect, it } from 'vitest';
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
