import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SplitSchema } from '../../configs/schema.ts';
import { createFileStore } from '../../artifacts/file/file-store.ts';
import { openDataset, writeDataset } from './build.ts';
import { decideDataset, type DatasetInput } from './decide.ts';
import { readExamples } from '../files/example-rows.ts';
import type { Example } from '../../schema/data.ts';
import { DatasetManifestSchema } from '../../schema/manifest.ts';
import { exampleOf, manyExamples, noPassages } from '../../test/support/examples.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';

let folder: string;
let store: ArtifactStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dataset-'));
  store = createFileStore(join(folder, 'root'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const judgedBad = (id: string, ...reasons: string[]): Example =>
  exampleOf({ id, question: `bad ${id}`, verdict: { decision: 'reject', reasons, judgements: [] } });
const examples = [
  ...manyExamples({ facts: 20, chunks: 5 }),
  judgedBad('z1', 'grounded', 'safe'),
  judgedBad('z2', 'safe'),
  exampleOf({ id: 'z3', question: 'What is known about alpha0 beta0 gamma0?' }),
];
const source = (changes: Partial<DatasetInput['source']> = {}): DatasetInput['source'] => ({
  documents: 2,
  documentsSha256: 'd0c5',
  chunks: 6,
  licences: { documents: ['CC-BY-4.0'], teacher: { name: 'builtin', trainingTerms: 'allowed' } },
  personalData: {},
  instructions: { found: 0, first: [] },
  ...changes,
});
const buildDataset = async (input: DatasetInput) => writeDataset({ ...input, decided: await decideDataset(input) });

type Changes = Partial<Omit<DatasetInput, 'examples'>> & { examples?: Example[] };
const build = ({ examples: given = examples, ...changes }: Changes = {}) =>
  buildDataset({
    name: 'acme',
    examples: async function* () {
      yield* given;
    },
    ...noPassages,
    split: SplitSchema.parse({}),
    seed: 17,
    generation: { target: 70 },
    systemPrompt: '',
    suites: [],
    contamination: 0.7,
    source: source(),
    madeBy: { teacher: 'builtin/rules', config: { name: 'acme' } },
    store,
    ...changes,
  });

it('keeps all that was generated, in one split or another, and reads back whole', async () => {
  const { manifest } = await build();
  expect(DatasetManifestSchema.parse(manifest)).toMatchObject({
    generated: 83,
    kept: 70,
    documents: 2,
    chunks: 6,
    chunksCovered: 5,
  });
  expect(manifest.rejected).toEqual({ duplicate: 1, grounded: 1, 'over-target': 10, safe: 1 });
  const read = await Promise.all(Object.values(manifest.splits).map((ref) => readExamples({ ref, store })));
  expect(read.map((split) => split.length)).toEqual(Object.values(manifest.splits).map(({ rows }) => rows));
  const all = read.flat();
  expect(all.map(({ id }) => id).sort()).toEqual(examples.map(({ id }) => id).sort());
  for (const example of all.filter(({ verdict }) => verdict.decision === 'keep')) {
    expect(example).toEqual(examples.find(({ id }) => id === example.id));
  }
});

it('gives the same version for the same input at any place, and finds it there', async () => {
  const first = await build();
  const card = join(fileURLToPath(first.uri), 'README.md');
  await writeFile(card, 'touched');
  expect(await build()).toEqual(first);
  expect(await readFile(card, 'utf8')).toBe('touched');
  const elsewhere = await build({ store: createFileStore(join(folder, 'other')) });
  expect([elsewhere.version, elsewhere.sha256]).toEqual([first.version, first.sha256]);
  expect(elsewhere.uri).not.toBe(first.uri);
  expect(first.sha256.startsWith(first.version)).toBe(true);
  expect(fileURLToPath(first.uri)).toBe(join(folder, 'root/datasets/acme', first.version));
});

it.each<[string, Changes]>([
  ['seed', { seed: 18 }],
  ['target', { generation: { target: 60 } }],
  ['system prompt', { systemPrompt: 'Be kind.' }],
  ['teacher', { madeBy: { teacher: 'openai/x' } }],
  ['set of examples', { examples: examples.slice(1) }],
  ['set of documents', { source: source({ documentsSha256: 'other' }) }],
  ['suite', { suites: [{ name: 'golden', declares: 'new facts', questions: ['Is it so?'] }] }],
  [
    "teacher's terms",
    { source: source({ licences: { documents: [], teacher: { name: 'x', trainingTerms: 'unknown' } } }) },
  ],
])('gives another version for another %s', async (_what, change) => {
  expect((await build(change)).version).not.toBe((await build()).version);
});

it('writes chat lines for trainers, with the system prompt only where there is one', async () => {
  const plain = await build();
  const lines = await store.loadJsonLines<{ messages: { role: string; content: string }[] }>(plain.chat.train);
  const train = await readExamples({ ref: plain.manifest.splits.train, store });
  expect(lines.map(({ messages }) => messages)).toEqual(
    train.map(({ question, answer }) => [
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ]),
  );
  const prompted = await build({ systemPrompt: 'Be kind.', split: SplitSchema.parse({ validationShare: 0.5 }) });
  const [line] = await store.loadJsonLines<{ messages: { role: string; content: string }[] }>(prompted.chat.validation);
  expect(line?.messages.map(({ role, content }) => [role, role === 'system' && content])).toEqual([
    ['system', 'Be kind.'],
    ['user', false],
    ['assistant', false],
  ]);
});

it('lays the folder out as the Hugging Face hub reads it, with a card', async () => {
  const { uri, version } = await build();
  const path = fileURLToPath(uri);
  expect((await readdir(path, { recursive: true })).sort()).toEqual([
    'README.md',
    'chat',
    'chat/train.jsonl',
    'chat/validation.jsonl',
    'data',
    'data/rejected.parquet',
    'data/test.parquet',
    'data/train.parquet',
    'data/validation.parquet',
    'manifest.json',
    'skipped.parquet',
  ]);
  const card = await readFile(join(path, 'README.md'), 'utf8');
  const header = parse(card.split('---\n')[1] ?? '') as Record<string, unknown>;
  expect(header).toMatchObject({
    license: 'cc-by-4.0',
    size_categories: ['n<1K'],
    configs: [
      {
        config_name: 'default',
        data_files: ['train', 'validation', 'test'].map((split) => ({ split, path: `data/${split}.parquet` })),
      },
      { config_name: 'rejected', data_files: [{ split: 'rejected', path: 'data/rejected.parquet' }] },
      { config_name: 'skipped', data_files: [{ split: 'skipped', path: 'skipped.parquet' }] },
    ],
  });
  expect(card).toContain(version);
  expect(card).toContain('Same facts, new wording');
  expect(card).toContain('Generated 83 = kept 70 + rejected 13');
  expect(card).toMatch(/\| over-target +\| +10 +\|/);
  expect(card).toContain('teacher: builtin/rules');
  expect(card).not.toContain(folder);
});

it.each([
  [[], /license: unknown/],
  [['MIT', 'CC-BY-4.0'], /license: other\nlicense_name: CC-BY-4.0, MIT/],
  [['House: licence'], /license: other\nlicense_name: "House: licence"/],
])('names the licences %o in the card', async (licences, expected) => {
  const teacher = { name: 'builtin', trainingTerms: 'allowed' };
  const { uri } = await build({ source: source({ licences: { documents: licences, teacher } }) });
  expect(await readFile(join(fileURLToPath(uri), 'README.md'), 'utf8')).toMatch(expected);
});

it('claims no licence for documents of which some state none', async () => {
  const teacher = { name: 'builtin', trainingTerms: 'allowed' };
  const { uri } = await build({ source: source({ licences: { documents: ['CC0-1.0'], undeclared: 2, teacher } }) });
  const card = await readFile(join(fileURLToPath(uri), 'README.md'), 'utf8');
  expect(card).toMatch(/license: unknown/);
  expect(card).toMatch(/Documents: CC0-1\.0; 2 documents of \d+ without one\./);
});

it('calls imported pairs what they are', async () => {
  const own = examples.map((example) => ({ ...example, chunkId: 'import/ours.csv', documentId: 'import/ours.csv' }));
  const read = async (all: Example[]) =>
    readFile(join(fileURLToPath((await build({ examples: all })).uri), 'README.md'), 'utf8');
  const alone = await read(own);
  expect(alone).toMatch(/^Imported questions and answers, version/m);
  expect(alone).toMatch(/Imported: \d+ of `ours\.csv`\./);
  expect(alone).not.toMatch(/synthetic|Teacher `/i);
  const mixed = await read(examples.map((example, i) => (i % 2 ? example : own[i]!)));
  expect(mixed).toMatch(/^Synthetic and imported questions and answers, version/m);
  expect(mixed).toContain('Teacher `');
});

it('says why nothing was kept', async () => {
  const bad = [judgedBad('a', 'grounded'), judgedBad('b', 'safe', 'grounded'), judgedBad('c', 'grounded')];
  await expect(build({ examples: bad })).rejects.toThrow(
    'none of 3 generated examples was kept; rejected by grounded 2, safe 1.',
  );
  const message = await build({ examples: bad }).catch((error: Error) => error.message as unknown);
  const rejects = /read some of them in (\S+\.jsonl),/.exec(message as string)?.[1] ?? '';
  const lines = (await readFile(rejects, 'utf8')).trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as Example).verdict.reasons[0])).toEqual([
    'grounded',
    'safe',
    'grounded',
  ]);
  await expect(build({ examples: [] })).rejects.toThrow(/no example was generated/);
});

it('refuses examples that share an id, and a reject without a reason', async () => {
  await expect(build({ examples: [...examples, ...examples.slice(0, 1)] })).rejects.toThrow(
    /two examples have the id f0-0/,
  );
  await expect(build({ examples: [...examples, judgedBad('y')] })).rejects.toThrow(
    /example y is rejected without a reason/,
  );
});

it('refuses to open or read what was changed', async () => {
  const { uri, manifest } = await build();
  const path = fileURLToPath(uri);
  await writeFile(join(path, 'data/test.parquet'), 'changed');
  await expect(readExamples({ ref: manifest.splits.test, store })).rejects.toThrow(/was changed after it was written/);
  const text = await readFile(join(path, 'manifest.json'), 'utf8');
  await writeFile(join(path, 'manifest.json'), text.replace('"kept": 70', '"kept": 71'));
  await expect(openDataset({ uri, store })).rejects.toThrow(/was changed after it was written/);
  await rm(join(path, 'manifest.json'));
  await expect(openDataset({ uri, store })).rejects.toThrow(/can't be read/);
});

it('leaves out what a suite asks, counts it, and says on the card what was looked for', async () => {
  const questions = ['What is known about alpha3 beta3 gamma3?'];
  const { uri, manifest } = await build({
    generation: { target: 200 },
    suites: [{ name: 'golden', declares: 'new facts', questions }],
    source: source({
      personalData: { email: 2 },
      instructions: {
        found: 1,
        first: [{ chunkId: 'doc#1', why: 'gives a model a role', text: 'You are now\na bot' }],
      },
    }),
  });
  expect(manifest.rejected['contaminated']).toBeGreaterThanOrEqual(1);
  expect(Object.keys(manifest.suites)).toEqual(['golden']);
  const card = await readFile(join(fileURLToPath(uri), 'README.md'), 'utf8');
  expect(card).toContain('Personal data in the documents and imported pairs: 2 email; each was replaced by its kind');
  expect(card).toContain(`Compared with the questions of golden: ${manifest.rejected['contaminated']} left out.`);
  expect(card).toContain('`doc#1` gives a model a role: "You are now a bot"');
  expect(card).toContain('Teacher `builtin`: its terms allow training');
});
