import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildDirectly } from '../test/support/build-directly.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whetstone-imports-'));
  await writeFile(join(folder, 'kettle.md'), '# Kettle\n\nThe kettle holds two litres of water. Its lid closes.\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function build(rows: object[], testNeeded: boolean) {
  const path = join(folder, 'pairs.jsonl');
  await writeFile(path, rows.map((row) => JSON.stringify(row)).join('\n'));
  const config = {
    name: 'pairs',
    documents: folder,
    generation: { synthetic: false, target: 60 },
    imports: [{ path, judge: false }],
  };
  return buildDirectly({ config, state: join(folder, 'state'), roots: [folder], testNeeded });
}

const pairs = Array.from({ length: 8 }, (_, i) => ({
  question: `What does pot ${i} hold of tea ${i}?`,
  answer: `Pot ${i} holds ${i + 2} cups.`,
}));

describe('pairs without wordings of their own (F10)', () => {
  it.each([
    [pairs, /8 examples about 8 facts were kept, and no fact has a second wording to hold out.*`fact` column/],
    [pairs.slice(0, 1), /1 example about 1 fact was kept/],
  ])('are refused before anything is trained, with the real fix', async (rows, message) => {
    await expect(build(rows, true)).rejects.toThrow(message);
  });

  it('make a dataset all the same where nothing is trained, which says so', async () => {
    const { dataset } = await build(pairs, false);
    expect(dataset).toMatchObject({ kept: 8, test: { rows: 0 } });
    expect(dataset.warnings?.[0]).toMatch(/^No question can be made for the suite test/);
    expect(dataset.missing).toBeUndefined();
  });

  it('are told where there are few, and what is no text is left out of them (F23)', async () => {
    const wordings = pairs.flatMap(({ question, answer }, i) => [
      { question, answer, fact: `f${i}` },
      { question: `Tell me how much pot ${i} takes for tea ${i}.`, answer, fact: `f${i}` },
    ]);
    const { dataset } = await build([...wordings, { question: 'What of \u0007 here?', answer: 'It is half.' }], true);
    expect(dataset.rejected).toEqual({ 'not-text': 1 });
    expect(dataset.warnings).toEqual([
      'The test split has 8 questions about 8 facts: too few to tell a better model from a lucky one',
    ]);
  });
});
