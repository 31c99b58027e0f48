import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

/** Any causal model as a base: made here with each family's chat template, mended, then asked and trained on paper. */

const SampleSchema = z.object({
  trained: z.array(z.number()),
  served: z.array(z.number()),
  ours: z.array(z.number()),
  prompt: z.string(),
  answer: z.string(),
  stops: z.boolean(),
});
const FamilySchema = z.union([
  z.object({ error: z.string() }),
  z.object({ notes: z.array(z.string()), pad: z.string(), samples: z.record(z.string(), SampleSchema) }),
]);
type Made = Extract<z.infer<typeof FamilySchema>, { notes: string[] }>;

const ANSWERS: Record<string, string> = {
  question: 'About 28 days.',
  system: 'About 28 days.',
  history: 'For a while.',
  opened: 'A device.',
  'system and opened': 'A device.',
  'empty system': 'A device.',
};

let folder = '';
let families: Record<string, z.infer<typeof FamilySchema>> = {};

beforeAll(async () => {
  const python = process.env.WHETSTONE_PYTHON;
  if (!python)
    throw new Error('WHETSTONE_PYTHON is not set: name the Python of an environment made from providers/python');
  folder = await mkdtemp(path.join(os.tmpdir(), 'whetstone-bases-'));
  const script = path.join(import.meta.dirname, 'support', 'template_families.py');
  const { stdout } = await promisify(execFile)(python, [script, folder], { maxBuffer: 1e8 });
  families = z.record(z.string(), FamilySchema).parse(JSON.parse(stdout));
});
afterAll(() => (folder ? rm(folder, { recursive: true, force: true }) : undefined));

function made(name: string): Made {
  const family = families[name];
  if (!family || 'error' in family) throw new Error(`${name}: ${family?.error ?? 'was not made'}`);
  return family;
}

describe.each(['chatml', 'inst', 'headers', 'gemma', 'zephyr', 'plain', 'none', 'thoughts', 'end-unnamed'])(
  'the template family %s (F22, F24, F33)',
  (name) => {
    it.each(Object.entries(ANSWERS))('is trained on the tokens that it is asked with: %s', (title, answer) => {
      const sample = made(name).samples[title];
      expect(sample?.trained).toEqual(sample?.served);
      expect(sample?.ours).toEqual(sample?.served);
      expect(sample?.answer).toBe(answer);
    });

    it('learns to end its answers with a token at which serving stops', () => {
      for (const sample of Object.values(made(name).samples)) expect(sample.stops).toBe(true);
    });
  },
);

it.each(['inst', 'gemma'])(
  'opens the first question with the system prompt where there is no system role: %s',
  (name) => {
    const { notes, samples } = made(name);
    expect(notes.join('\n')).toMatch(/knows no system role/);
    expect(samples.system?.prompt).toContain('Be kind.\n\nHow long is a cycle?');
    expect(samples['empty system']?.prompt).toBe(samples['empty system']?.prompt.replace('\n\nWhat', 'What'));
  },
);

it('lets an answer that comes first follow a greeting where turns must alternate (F24)', () => {
  expect(made('inst').samples.opened?.prompt).toBe(
    '<s>[INST] Hello. [/INST] Good morning.</s>[INST] What is a coil? [/INST]',
  );
});

it.each([
  ['no-end', /has no end token \(eos_token\).*never stop answering; set eos_token/],
  ['broken', /chat template can't be rendered \(TemplateSyntaxError/],
  ['mute', /chat template leaves out what is said/],
])('refuses what can not be used, in words: %s (F22)', (name, message) => {
  expect(families[name]).toEqual({ error: expect.stringMatching(message) });
});

describe('the preparation of a training file', () => {
  const line = (words: number, kind?: string) => ({
    messages: [
      { role: 'user', content: 'What is a coil?' },
      { role: 'assistant', content: 'A device. '.repeat(words) },
    ],
    ...(kind && { kind }),
  });

  async function prepare(lines: object[], limit: number, options: { batchSize?: number; steps?: number } = {}) {
    const { batchSize = 4, steps = 10 } = options;
    const train = path.join(folder, 'train.jsonl');
    await writeFile(train, lines.map((each) => JSON.stringify(each)).join('\n'));
    const script = path.join(import.meta.dirname, '..', 'providers', 'python', 'prepare_train.py');
    const [out, report] = [path.join(folder, 'out', 'prepared.jsonl'), path.join(folder, 'report.json')];
    const args = [script, '--base', path.join(folder, 'chatml'), '--train', train, '--out', out, '--report', report];
    const numbers = { '--max-tokens': limit, '--batch-size': batchSize, '--steps': steps, '--seed': 1 };
    await promisify(execFile)(process.env.WHETSTONE_PYTHON ?? '', [
      ...args,
      ...Object.entries(numbers).flatMap(([name, value]) => [name, String(value)]),
    ]);
    const rows = (await readFile(out, 'utf8'))
      .trim()
      .split('\n')
      .map((each) => RowSchema.parse(JSON.parse(each)));
    return { rows, report: JSON.parse(await readFile(report, 'utf8')) as Record<string, unknown> };
  }
  const RowSchema = z.object({
    input_ids: z.array(z.number()),
    completion_mask: z.array(z.number()),
    line: z.number(),
  });

  it('leaves out what is too long, counted and listed, up to 5% (F11)', async () => {
    const { rows, report } = await prepare([...Array.from({ length: 39 }, () => line(2)), line(60)], 100);
    expect(report).toMatchObject({
      examples: 40,
      tooLong: 1,
      limit: 100,
      first: [{ line: 40, question: 'What is a coil?' }],
    });
    expect(rows.every(({ input_ids, line: number }) => input_ids.length <= 100 && number !== 40)).toBe(true);
  });

  it('refuses above 5%, and names the number that would hold 95% and all (F11)', async () => {
    const lines = [...Array.from({ length: 30 }, () => line(2)), ...Array.from({ length: 10 }, () => line(60))];
    await expect(prepare(lines, 100)).rejects.toThrow(
      /10 of 40 training examples are longer than maxSequenceTokens \(100\).*Fix: candidates\[\]\.maxSequenceTokens: \d+ holds 95% of them, \d+ all/,
    );
  });

  it('cuts a passage where an answer would be left out', async () => {
    const { rows, report } = await prepare([line(2), line(200, 'passage')], 50);
    expect(report).toMatchObject({ tooLong: 0 });
    expect(Math.max(...rows.map(({ input_ids }) => input_ids.length))).toBe(50);
  });

  it('orders the steps by the seed, alike each time, with batches of like length and every example in each epoch', async () => {
    const lines = Array.from({ length: 64 }, (_, i) => line(1 + (i % 16)));
    const { rows } = await prepare(lines, 200, { batchSize: 8, steps: 16 });
    expect((await prepare(lines, 200, { batchSize: 8, steps: 16 })).rows).toEqual(rows);
    expect(rows).toHaveLength(128);
    for (const epoch of [rows.slice(0, 64), rows.slice(64)])
      expect(new Set(epoch.map((row) => row.line)).size).toBe(64);
    const batches = Array.from({ length: 16 }, (_, i) =>
      rows.slice(i * 8, i * 8 + 8).map((row) => row.input_ids.length),
    );
    const padded = batches.reduce((sum, lengths) => sum + 8 * Math.max(...lengths), 0);
    expect(rows.reduce((sum, row) => sum + row.input_ids.length, 0) / padded).toBeGreaterThan(0.9);
  });
});
