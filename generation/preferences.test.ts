import { describe, expect, it } from 'vitest';
import { RunConfigSchema } from '../configs/schema.ts';
import { exampleOf } from '../test/support/examples.ts';
import { createPairwiseJudge } from '../judges/models/pairwise.ts';
import { UNIT_SCALE, type Judge } from '../judges/types.ts';
import { scriptedModel } from '../test/fakes/scripted-model.ts';
import { preferenceFor } from './preferences.ts';

/** Scores an answer by the number in it: "0.4 days" is 0.4. */
const judge = (name: string): Judge => ({
  name,
  version: '1',
  scale: UNIT_SCALE,
  passScore: 0.5,
  judge: async ({ answer }) => ({
    judge: name,
    version: '1',
    label: 'x',
    score: Number(/[\d.]+/.exec(answer)?.[0] ?? 0),
    reason: 'as it says',
    parts: [{ judge: `${name}/part`, version: '1', label: 'x', score: 0, reason: 'does not count' }],
  }),
});
const example = (score: number) =>
  exampleOf({
    id: 'f/0',
    question: 'How long?',
    answer: `${score} days, as written.`,
    verdict: {
      decision: 'keep',
      reasons: [],
      judgements: [
        { judge: 'a', version: '1', label: 'x', score, reason: '' },
        { judge: 'a/part', version: '1', label: 'x', score: 0, reason: '' },
      ],
    },
  });
const run = async (options: { own: number; replies: string[]; settings?: object; prefers?: string }) => {
  const model = scriptedModel(options.replies);
  const config = RunConfigSchema.parse({
    name: 'x',
    documents: 'd',
    serving: { systemPrompt: 'Be kind.' },
    generation: { preferences: { answers: options.replies.length, ...options.settings } },
  });
  const chunks = [
    {
      id: 'doc#0',
      documentId: 'doc',
      index: 0,
      title: 'D',
      headings: [],
      start: 0,
      end: 9,
      text: 'Seven days.',
      tokens: 2,
    },
  ];
  const preference = await preferenceFor({
    config,
    model,
    judges: [judge('a')],
    pairwise: comparing(options.prefers),
    example: example(options.own),
    chunks,
  });
  return { preference, model };
};

/** A comparing model that always prefers the answer with this text, or the first place. */
const comparing = (prefers: string | undefined) =>
  prefers === undefined
    ? undefined
    : createPairwiseJudge({
        model: scriptedModel(({ messages }) => {
          const [, first = ''] = /First answer: "(.*)"/.exec(messages[0]?.content ?? '') ?? [];
          const better = prefers === 'the first place' || first.includes(prefers) ? 'first' : 'second';
          return JSON.stringify({ reason: 'so', better });
        }),
      });

describe('a preference pair', () => {
  it('stands only where a comparing model prefers the same in both orders', async () => {
    const options = { own: 0.9, replies: ['0.2 days'] };
    expect((await run({ ...options, prefers: '0.9' })).preference).toMatchObject({ rejected: '0.2 days' });
    expect((await run({ ...options, prefers: '0.2' })).preference).toBeUndefined();
    expect((await run({ ...options, prefers: 'the first place' })).preference).toBeUndefined();
  });

  it('is the best and the worst of several answers by the panel, with the margin', async () => {
    const { preference } = await run({ own: 0.9, replies: ['0.4 days', '0.2 days', '0.6 days'] });
    expect(preference).toEqual({
      chosen: '0.9 days, as written.',
      rejected: '0.2 days',
      chosenScore: 0.9,
      rejectedScore: 0.2,
      margin: 0.9 - 0.2,
      answers: 4,
    });
  });

  it('may have a better answer than the one of the pair', async () => {
    const { preference } = await run({ own: 0.5, replies: ['1 day'] });
    expect(preference).toMatchObject({ chosen: '1 day', rejected: '0.5 days, as written.' });
  });

  it('is none where the answers are too near each other', async () => {
    expect((await run({ own: 0.9, replies: ['0.8 days', '0.75 days'] })).preference).toBeUndefined();
    expect((await run({ own: 0.9, replies: ['0.9 days, as written.'] })).preference).toBeUndefined();
  });

  it('asks as the served model would be asked, each answer as a sample of its own', async () => {
    const { model } = await run({ own: 0.9, replies: ['0.4 days', '0.2 days'] });
    expect(model.requests.map(({ sample }) => sample)).toEqual([0, 1]);
    expect(model.requests[0]?.messages[0]?.content).toContain('Be kind.');
    expect(model.requests[0]?.messages.at(-1)).toEqual({ role: 'user', content: 'How long?' });
    expect(JSON.stringify(model.requests)).not.toContain('Seven days.');
    const open = await run({ own: 0.9, replies: ['0.4 days'], settings: { seesPassage: true } });
    expect(JSON.stringify(open.model.requests)).toContain('Seven days.');
  });

  it('has no personal data in its answers', async () => {
    const { preference } = await run({ own: 0.9, replies: ['0.1 days, write to a@b.co'] });
    expect(preference?.rejected).toBe('0.1 days, write to [email]');
  });
});
