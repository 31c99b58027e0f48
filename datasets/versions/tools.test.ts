import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pushDataset } from '../../providers/push-dataset.ts';
import { startFakeHub } from '../../test/fakes/hub-server.ts';
import { createFileStore } from '../../artifacts/file/file-store.ts';
import { writeDataset } from '../assembly/build.ts';
import { decideDataset, type DatasetInput } from '../assembly/decide.ts';
import { diffDatasets } from './diff.ts';
import { exportDataset } from './export.ts';
import { findDataset, listDatasets } from './find.ts';
import { filesBelow } from '../../common/hash.ts';
import { readExamples } from '../files/example-rows.ts';
import type { Example } from '../../schema/data.ts';
import { datasetInput, manyExamples } from '../../test/support/examples.ts';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'dataset-tools-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const storeOf = () => createFileStore(join(folder, 'artifacts'));
async function build(examples: Example[], changes: Partial<DatasetInput> = {}) {
  const input: DatasetInput = { ...datasetInput(examples), store: storeOf(), ...changes };
  return writeDataset({ ...input, decided: await decideDataset(input) });
}
const examples = manyExamples({ facts: 6, chunks: 3 });

describe('dataset diff', () => {
  it('tells what was added, removed, answered otherwise and moved, and counts the rest', async () => {
    const before = await build(examples);
    const [first, second, ...others] = examples;
    const added = manyExamples({ facts: 7, chunks: 3 }).slice(-4);
    const after = await build([{ ...first!, answer: 'Another answer.' }, ...others, ...added]);
    const diff = await diffDatasets({ before, after, store: storeOf() });
    expect(diff.counts).toMatchObject({ added: 4, removed: 1, 'answered otherwise': 1 });
    expect(diff.shown.removed[0]?.question).toBe(second?.question);
    expect(diff.shown['answered otherwise'][0]).toMatchObject({
      question: first?.question,
      before: { answer: first?.answer },
      after: { answer: 'Another answer.' },
    });
    expect(diff.same + diff.counts['moved to another split']).toBe(examples.length - 2);
  });

  it('tells which judges are of another version, and what of the recipe and of the rejects changed', async () => {
    const before = await build(examples);
    const rejudged = examples.map((example, i): Example => {
      const judgements = example.verdict.judgements.map((one) => ({ ...one, version: '2' }));
      const reasons = i === 0 ? ['grounded'] : [];
      return { ...example, verdict: { decision: i === 0 ? 'reject' : 'keep', reasons, judgements } };
    });
    const after = await build(rejudged, { madeBy: { recipe: { generation: { target: 1000, tone: 'warm' } } } });
    const diff = await diffDatasets({ before, after, store: storeOf() });
    expect(diff.judges).toEqual([{ judge: 'grounded', before: '1', after: '2' }]);
    expect(diff.recipe).toEqual([{ field: 'generation.tone', before: 'not set', after: '"warm"' }]);
    expect(diff.rejected).toEqual({ grounded: { before: 0, after: 1 } });
  });

  it('of a version with itself is nothing', async () => {
    const one = await build(examples);
    const diff = await diffDatasets({ before: one, after: one, store: storeOf() });
    expect(diff).toMatchObject({ same: examples.length, judges: [], recipe: [], rejected: {} });
    expect(Object.values(diff.counts)).toEqual([0, 0, 0, 0]);
  });
});

describe('dataset export', () => {
  const history: Example['history'] = [
    { role: 'user', content: 'Before?' },
    { role: 'assistant', content: 'Yes.' },
  ];
  const withHistory = examples.map((example, i) => (i === 0 ? { ...example, history } : example));
  const first = withHistory[0]!;
  const lineOf = async (format: 'chat' | 'alpaca' | 'sharegpt') => {
    const dataset = await build(withHistory, { systemPrompt: 'Be kind.' });
    const out = join(folder, 'out');
    const rows = await exportDataset({ dataset, format, folder: out, store: storeOf() });
    expect(rows.train + rows.validation + rows.test).toBe(examples.length);
    const texts = await Promise.all(Object.keys(rows).map((split) => readFile(join(out, `${split}.jsonl`), 'utf8')));
    return texts
      .join('')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
      .find((line) => JSON.stringify(line).includes('Before?'));
  };

  it('writes chat messages', async () => {
    expect(await lineOf('chat')).toEqual({
      messages: [
        { role: 'system', content: 'Be kind.' },
        ...history,
        { role: 'user', content: first.question },
        { role: 'assistant', content: first.answer },
      ],
    });
  });

  it('writes Alpaca', async () => {
    expect(await lineOf('alpaca')).toEqual({
      instruction: first.question,
      input: '',
      output: first.answer,
      system: 'Be kind.',
      history: [['Before?', 'Yes.']],
    });
  });

  it('writes ShareGPT', async () => {
    expect(await lineOf('sharegpt')).toEqual({
      conversations: [
        { from: 'system', value: 'Be kind.' },
        { from: 'human', value: 'Before?' },
        { from: 'gpt', value: 'Yes.' },
        { from: 'human', value: first.question },
        { from: 'gpt', value: first.answer },
      ],
    });
  });
});

describe('preference pairs', () => {
  const preference = { chosen: 'Yes.', rejected: 'No.', chosenScore: 1, rejectedScore: 0.5, margin: 0.5, answers: 3 };

  it('come back from Parquet, and are written for DPO, of the train split alone', async () => {
    const dataset = await build(
      examples.map((example) => (example.phrasing === 0 ? { ...example, preference } : example)),
      { systemPrompt: 'Be kind.' },
    );
    const { train } = dataset.manifest.splits;
    const withOne = (await readExamples({ ref: train, store: storeOf() })).filter((example) => example.preference);
    expect(withOne.length).toBeGreaterThan(0);
    expect(withOne[0]?.preference).toEqual(preference);
    expect(dataset.manifest.preferences?.rows).toBe(withOne.length);
    const out = join(folder, 'dpo');
    const rows = await exportDataset({ dataset, format: 'preference', folder: out, store: storeOf() });
    expect(rows.train).toBe(withOne.length);
    const [line = ''] = (await readFile(join(out, 'train.jsonl'), 'utf8')).split('\n');
    expect(JSON.parse(line)).toEqual({
      prompt: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: withOne[0]?.question },
      ],
      chosen: [{ role: 'assistant', content: 'Yes.' }],
      rejected: [{ role: 'assistant', content: 'No.' }],
      margin: 0.5,
    });
  });
});

describe('a dataset that a person names', () => {
  it('is found by the first digits of its version or by its folder', async () => {
    const dataset = await build(examples);
    const find = (name: string) => findDataset({ name, store: storeOf() });
    expect((await find(dataset.version.slice(0, 6))).version).toBe(dataset.version);
    expect((await find(fileURLToPath(dataset.uri))).version).toBe(dataset.version);
    expect(await listDatasets(storeOf())).toMatchObject([{ model: 'acme', version: dataset.version }]);
    await expect(find('nothing')).rejects.toThrow(
      `no dataset 'nothing'; expected a version or the folder of a dataset; known: ${dataset.version} (acme)`,
    );
  });
});

describe('dataset push', () => {
  const push = async (options: { token?: string; failCommits?: number; before?: Record<string, string> } = {}) => {
    const dataset = await build(examples);
    const hub = await startFakeHub({ token: 'hf_right', failCommits: options.failCommits ?? 0 });
    if (options.before) {
      const files = Object.entries(options.before).map(([name, text]) => [name, Buffer.from(text)] as const);
      hub.repos.set('team/acme', { private: true, commits: ['before'], files: new Map(files) });
    }
    const path = fileURLToPath(dataset.uri);
    const files = await filesBelow(path);
    const input = { repo: 'team/acme', folder: path, files, version: dataset.version, hubUrl: hub.url };
    const pushed = pushDataset({ ...input, token: options.token ?? 'hf_right' });
    return { pushed: pushed.finally(() => hub.close()), hub, path, files, version: dataset.version };
  };

  it('makes a private repository and puts every file there in one commit, byte for byte', async () => {
    const { pushed, hub, path, files, version } = await push();
    expect(await pushed).toBe(`${hub.url}/datasets/team/acme`);
    const repo = hub.repos.get('team/acme');
    expect(repo).toMatchObject({ private: true, commits: [`Dataset version ${version}`] });
    expect([...(repo?.files.keys() ?? [])].sort()).toEqual(files);
    for (const file of files) expect(repo?.files.get(file)?.equals(await readFile(join(path, file)))).toBe(true);
  });

  it('takes away what an earlier version left in its folders, in the same commit, and nothing else', async () => {
    const { pushed, hub, files } = await push({
      before: {
        'chat/preference.jsonl': '{}',
        'data/train.parquet': 'old',
        '.gitattributes': 'x',
        'data/mine.parquet': 'm',
      },
    });
    await pushed;
    const repo = hub.repos.get('team/acme');
    expect(repo?.commits).toHaveLength(2);
    expect([...(repo?.files.keys() ?? [])].sort()).toEqual([...files, '.gitattributes', 'data/mine.parquet'].sort());
    expect(repo?.files.get('data/train.parquet')?.toString()).not.toBe('old');
  });

  it('says what is wrong with a token, and does not say the token', async () => {
    const { pushed } = await push({ token: 'hf_wrong' });
    const error = await pushed.catch((cause: Error) => cause);
    expect(String(error)).toMatch(/refuses the token for datasets\/team\/acme \(401\)/);
    expect(String(error)).not.toContain('hf_wrong');
  });

  it('leaves the repository as it was when the commit fails', async () => {
    const { pushed, hub } = await push({ failCommits: 1 });
    await expect(pushed).rejects.toThrow(/could not be pushed .*nothing was changed there, try again/);
    expect(hub.repos.get('team/acme')?.files.size).toBe(0);
  });
});
