import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileStore } from '../../artifacts/file/file-store.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';
import fc from '../../test/support/property.ts';
import { answer, pair } from '../../test/support/evidence.ts';
import { createSampler, namedOn, nameOf } from './draw.ts';
import { findSample, keepSample } from './keep.ts';
import { resolveGrades } from './resolve.ts';
import { blindPart, type Sample } from './sample.ts';

const judges = { correctness: { name: 'correct', version: '1' } };
const evaluation = 'e'.repeat(64);

interface Question {
  suite?: string;
  slice?: string;
  same?: boolean;
}
function draw(
  questions: Question[],
  { promotion = 'promote/demo/production/1a2b3c4d', named = [] as string[], late = 0 } = {},
): Sample {
  const sampler = createSampler({ promotion, candidate: 'tuned', against: 'incumbent', judges });
  for (const [i, { suite = 'golden', slice, same = false }] of questions.entries()) {
    const about = { suite, ...(slice !== undefined && { slice }) };
    const both = pair(
      `q${i}`,
      { ...about, answer: same ? `new ${i}` : `old ${i}`, latencyMs: late },
      { ...about, answer: `new ${i}`, score: 1 },
    );
    sampler.add({ name: suite }, new Map(both.map((one) => [one.arm, one])));
  }
  return sampler.result({
    evaluation,
    named: new Set(named.map((questionId) => nameOf({ suite: 'golden', questionId }))),
  });
}
const many = (count: number, more: Question = {}) => Array.from({ length: count }, () => more);

describe('a blind sample', () => {
  it('is the same for one promotion, and another one for another', () => {
    const ids = (sample: Sample) => sample.questions.map(({ questionId }) => questionId);
    expect(draw(many(200))).toEqual(draw(many(200)));
    expect(ids(draw(many(200), { promotion: 'other' }))).not.toEqual(ids(draw(many(200))));
  });

  it('holds no question whose answers are equal, or which the page shows by name', () => {
    const sample = draw([...many(30), ...many(30, { same: true })], { named: ['q3', 'q4'] });
    expect(sample.of).toEqual({ questions: 60, differ: 30, named: 2 });
    const numbers = sample.questions.map(({ questionId }) => Number(questionId.slice(1)));
    expect(numbers.toSorted((a, b) => a - b)).toEqual([...Array(30).keys()].filter((i) => i !== 3 && i !== 4));
  });

  it('leaves out every question that the page shows by name: changed, unsafe, or corrected', () => {
    const one = (questionId: string) => ({ suite: 'golden', questionId }) as never;
    const changes = { worse: [one('w')], better: [one('b')], stillWrong: [one('s')], counts: [] };
    const safety = { shown: [one('u')], total: 1, fresh: 1, before: 0, judged: 1, unread: 0, counts: [] };
    const corrections = { since: 1, lines: [], answers: [one('c')], total: 1 };
    const named = namedOn({ changes, safety, corrections }, { status: 'known', suite: 'test' } as never);
    expect(named).toEqual(new Set(['golden\0w', 'golden\0b', 'golden\0s', 'golden\0u', 'test\0c']));
  });

  it('takes every question as often as any other', () => {
    const counts = new Map<string, number>();
    const questions = [...many(30, { slice: 'a' }), ...many(10, { slice: 'b' }), ...many(10, { suite: 'test' })];
    const rounds = 2_000;
    for (let i = 0; i < rounds; i++)
      for (const { questionId } of draw(questions, { promotion: `p${i}` }).questions.slice(0, 10))
        counts.set(questionId, (counts.get(questionId) ?? 0) + 1);
    // A fifth of the rounds each: 400, with a deviation of 18.
    expect(counts.size).toBe(50);
    for (const [id, count] of counts) expect(Math.abs(count - rounds / 5), id).toBeLessThan(80);
  });

  it('has of every slice its share in each beginning, and never all from one', () => {
    fc.assert(
      fc.property(fc.string(), (promotion) => {
        const questions = [
          ...many(70, { slice: 'large' }),
          ...many(25, { suite: 'test' }),
          ...many(5, { slice: 'small' }),
        ];
        const first = draw(questions, { promotion }).questions.slice(0, 20);
        const test = first.filter(({ suite }) => suite === 'test').length;
        expect(Math.abs(test - 5)).toBeLessThanOrEqual(1);
        expect(first.some(({ questionId }) => Number(questionId.slice(1)) >= 95)).toBe(true);
      }),
    );
  });

  it('puts either answer first as often, by what nobody finds on the page', () => {
    const first = Array.from({ length: 40 }, (_, i) => draw(many(20), { promotion: `p${i}` }).questions).flat();
    expect(Math.abs(first.filter(({ candidate }) => candidate === 'a').length - 400)).toBeLessThan(80);
    for (const { a, b, candidate } of first) expect((candidate === 'a' ? a : b).text).toMatch(/^new/);
    const order = (sample: Sample) => sample.questions.map(({ candidate }) => candidate).join('');
    // The same questions and answers, of which one took another time: no page tells that.
    expect(order(draw(many(100), { late: 1 }))).not.toBe(order(draw(many(100))));
  });

  it('shows before grading nothing that tells whose an answer is', () => {
    const part = blindPart({ sample: draw(many(50)), id: '0'.repeat(12) });
    expect(part.questions).toHaveLength(20);
    expect(Object.keys(part.questions[0]!).sort()).toEqual(['a', 'b', 'number', 'question', 'reference', 'suite']);
    expect(JSON.stringify(part)).not.toMatch(/tuned|incumbent|candidate|correct/);
  });

  it('cuts long answers, and makes control characters visible', () => {
    const sampler = createSampler({ promotion: 'p', candidate: 'tuned', against: 'incumbent', judges });
    const both = [answer({ arm: 'incumbent', answer: '\u001b[2Jgone' }), answer({ answer: 'x'.repeat(100_000) })];
    sampler.add({ name: 'golden' }, new Map(both.map((one) => [one.arm, one])));
    const [{ a, b } = { a: { text: '' }, b: { text: '' } }] = sampler.result({
      evaluation,
      named: new Set(),
    }).questions;
    expect([a, b].map(({ text }) => text).toSorted((one, other) => one.length - other.length)).toEqual([
      '␛[2Jgone',
      'x'.repeat(1_200),
    ]);
  });
});

describe('a kept sample', () => {
  let folder: string;
  let artifacts: ArtifactStore;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sample-'));
    artifacts = createFileStore(folder);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const promotion = 'promote/demo/production/1a2b3c4d';
  const registry = { promotion: () => Promise.resolve({ evidenceSha256: evaluation } as never) };

  it('is found by its promotion, and turns a and b into whose they are', async () => {
    const { id, sample } = await keepSample(artifacts, draw(many(5)));
    expect(await findSample(artifacts, { evaluation, promotion })).toEqual({ id, sample });
    expect(await findSample(artifacts, { evaluation, promotion: 'other' })).toBeUndefined();
    const { candidate } = sample.questions[0]!;
    const where = { registry, artifacts, promotion };
    expect(
      await resolveGrades({
        ...where,
        sample: id,
        grades: [
          { question: 1, prefers: candidate, comment: 'good' },
          { question: 2, prefers: 'both' },
        ],
      }),
    ).toMatchObject({
      sample: id,
      grades: [
        {
          prefers: 'candidate',
          comment: 'good',
          verdicts: { correctness: { judge: 'correct', candidate: 1, other: 0 } },
        },
        { prefers: 'both' },
      ],
    });
    const other = candidate === 'a' ? 'b' : 'a';
    expect(await resolveGrades({ ...where, grades: [{ question: 1, prefers: other }] })).toMatchObject({
      grades: [{ prefers: 'other' }],
    });
    expect(await resolveGrades({ ...where, grades: [{ question: 6, prefers: 'a' }] })).toEqual({
      refused: expect.stringContaining('found 6, expected a number from 1 to 5'),
    });
    expect(await resolveGrades({ ...where, sample: 'f'.repeat(12), grades: [] })).toEqual({
      refused: expect.stringContaining(`found ffffffffffff, expected ${id}`),
    });
  });

  it('that was changed is refused', async () => {
    await keepSample(artifacts, draw(many(5)));
    const [file] = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.json'));
    await writeFile(join(folder, file!), '{}');
    await expect(findSample(artifacts, { evaluation, promotion })).rejects.toThrow(/it was changed/);
  });
});
