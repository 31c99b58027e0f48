import { describe, expect, it } from 'vitest';
import { RunConfigSchema } from '../configs/schema.ts';
import type { Chunk, QaPair } from '../schema/data.ts';
import { exampleOf } from '../test/support/examples.ts';
import { createFormatJudge } from '../judges/rules/format.ts';
import { scriptedModel } from '../test/fakes/scripted-model.ts';
import { judgeAndCorrect } from './judge-pairs.ts';

const text = 'It keeps seven days in a fridge.';
const chunk: Chunk = {
  id: 'doc#0',
  documentId: 'doc',
  index: 0,
  title: 'Doc',
  headings: [],
  start: 0,
  end: text.length,
  text,
  tokens: 8,
};
const config = (corrections: number, provider = 'openai') =>
  RunConfigSchema.parse({
    name: 'x',
    documents: 'docs',
    teacher: provider === 'builtin' ? { provider } : { provider, model: 'gpt', apiKeyEnv: 'KEY' },
    generation: { corrections },
  });
const { verdict: _unjudged, ...tooLong } = exampleOf({
  id: 'f/0',
  question: 'How long does it keep?',
  answer: 'It keeps for all of seven whole days.',
});
const judges = [createFormatJudge({ maxWords: 4, forbids: [] })];
const reply = (answer: string, quotes = ['seven days']) =>
  JSON.stringify({ question: 'How long does it keep?', answer, quotes });
const run = (replies: string[], corrections = 2, pair: QaPair = tooLong, provider = 'openai') => {
  const teacher = scriptedModel(replies);
  const made = judgeAndCorrect({ config: config(corrections, provider), teacher, judges, pair, chunks: [chunk] });
  return { teacher, made };
};

describe('judging and correcting', () => {
  it('sends a rejected pair back with the reasons, judges the correction from scratch, and keeps its lineage', async () => {
    const { teacher, made } = run([reply('It keeps seven days.')]);
    const [first, corrected] = await made;
    expect(first?.verdict).toMatchObject({ decision: 'reject', reasons: ['format'] });
    expect(corrected).toMatchObject({
      id: 'f/0~1',
      correctionOf: 'f/0',
      answer: 'It keeps seven days.',
      spans: [{ chunkId: 'doc#0', start: 9, end: 19 }],
      verdict: { decision: 'keep', reasons: [] },
    });
    const asked = teacher.requests[0]?.messages[1]?.content ?? '';
    expect(asked).toContain(text);
    expect(asked).toContain('it has 8 words, at most 4 are asked for');
  });

  it('gives up after the second correction, and loses none of the three', async () => {
    const { teacher, made } = run([reply('It keeps for seven whole days.')]);
    expect((await made).map(({ id, correctionOf, verdict }) => [id, correctionOf, verdict.decision])).toEqual([
      ['f/0', undefined, 'reject'],
      ['f/0~1', 'f/0', 'reject'],
      ['f/0~2', 'f/0~1', 'reject'],
    ]);
    expect(teacher.requests.map(({ sample }) => sample)).toEqual([1, 2]);
  });

  it('rejects a correction whose quote the passage does not have', async () => {
    const { made } = run([reply('It keeps nine days.', ['nine days'])], 1);
    expect((await made)[1]?.verdict).toMatchObject({ decision: 'reject', reasons: ['span-not-found'] });
  });

  it('asks nothing of the teacher for a pair that passes, of rules, or where no correction is wanted', async () => {
    for (const { teacher, made } of [
      run([], 2, { ...tooLong, answer: 'Seven days.' }),
      run([], 2, tooLong, 'builtin'),
      run([], 0),
    ]) {
      expect(await made).toHaveLength(1);
      expect(teacher.requests).toHaveLength(0);
    }
  });
});
