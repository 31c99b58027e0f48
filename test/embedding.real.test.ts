import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { resolvePaths } from '../configs/paths.ts';
import { createBuiltinEmbedding, type BuiltinEmbedding } from '../providers/embedding/builtin/model.ts';
import { lookForPython } from '../worker/system/python.ts';

/** The embedded model as it is brought and run, against what the published weights say. */

// What transformers 5.23 says of sentence-transformers/all-MiniLM-L6-v2, in float32, with the mean over all tokens.
const TEXTS = [
  '🙂🚑',
  'Größe straße naïve café',
  '子宮内膜症とは何ですか？',
  'ما هي أعراض سرطان الثدي؟',
  'Эндометриоз — это',
  'when does my arm implant need replacing',
  'can we use coconut oil with normal condoms',
  'condom split 4 days ago, is it too late for the morning after pill?',
  'how long after unprotected sex should i wait before testing',
  'why does everyone go on about folic acid before a baby',
  'when will this morning sickness finally stop, im 11 weeks',
];
const COSINES = [
  [0.136, 0.313, 0.3, 0.124, 0.001, -0.05, -0.005, -0.007, -0.012, 0.11],
  [0.086, 0.111, 0.155, 0.003, -0.053, -0.056, -0.055, 0.094, 0.023],
  [0.2, 0.238, -0.087, -0.09, -0.102, 0.022, -0.042, -0.004],
  [0.245, 0.073, 0.051, -0.03, -0.063, 0.006, 0.091],
  [-0.053, 0.032, -0.034, 0.009, 0.004, 0.063],
  [-0.026, 0.179, 0.135, -0.01, 0.139],
  [0.325, 0.267, 0.062, -0.06],
  [0.529, 0.194, 0.282],
  [0.207, 0.248],
  [0.185],
];
/** Eight bits for a weight: at most 0.017 was seen on 8,256 pairs. */
const TOLERANCE = 0.02;

let model: BuiltinEmbedding;
beforeAll(() => {
  const { projectRoot, home } = resolvePaths({ HOME: homedir(), ...process.env });
  const python = async () => (await lookForPython({ projectRoot, home, env: process.env })).python;
  model = createBuiltinEmbedding({ cacheDir: join(home, 'embedding'), python, say: console.log });
});
afterAll(() => model.close());

const cosine = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, at) => sum + value * b[at]!, 0);

it('says of texts what the published model says', async () => {
  const { vectors } = await model.embed(TEXTS);
  const differences = COSINES.flatMap((row, one) =>
    row.map((expected, at) => Math.abs(cosine(vectors[one]!, vectors[one + 1 + at]!) - expected)),
  );
  expect(differences).toHaveLength(55);
  expect(Math.max(...differences)).toBeLessThan(TOLERANCE);
});

it('gives a vector of length one for any text, the same alone as among others', async () => {
  const texts = ['', ' ', '\0', '🙂', 'a'.repeat(300_000), 'word '.repeat(60_000), '\ud83d', '[SEP] [PAD]'];
  const { vectors, inputTokens } = await model.embed(texts);
  for (const [at, vector] of vectors.entries()) {
    expect(vector).toHaveLength(384);
    expect(cosine(vector, vector)).toBeCloseTo(1, 5);
    expect((await model.embed([texts[at]!])).vectors).toEqual([vector]);
  }
  expect(inputTokens).toBeGreaterThan(256);
});

it('lets a question pass what fills an index', async () => {
  const ends: string[] = [];
  const filling = model.embed(Array.from({ length: 12 }, () => 'word '.repeat(200))).then(() => ends.push('index'));
  await model.embed(['a question']).then(() => ends.push('question'));
  await filling;
  expect(ends).toEqual(['question', 'index']);
});

it('stops for whoever gives up, and answers the next', async () => {
  const stop = new AbortController();
  const asked = model.embed(
    Array.from({ length: 500 }, () => 'word '.repeat(200)),
    stop.signal,
  );
  stop.abort(new Error('given up'));
  await expect(asked).rejects.toThrow('given up');
  expect((await model.embed(['next'])).vectors).toHaveLength(1);
});

it('starts anew after it was closed', async () => {
  await model.close();
  expect((await model.embed(['again'])).vectors).toHaveLength(1);
});
