import { describe, expect, it } from 'vitest';
import { scriptedModel } from '../test/fakes/scripted-model.ts';
import { createCascade } from './cascade.ts';
import { createClaimsJudge } from './models/claims.ts';
import { createFormatJudge } from './rules/format.ts';
import { runPanel } from './panel.ts';

const subject = { question: 'How long?', answer: 'It keeps seven days.', context: 'It keeps seven days.' };
const claims = (supported: number, all: number) =>
  JSON.stringify({
    claims: Array.from({ length: all }, (_, i) => ({
      claim: `claim ${i}`,
      verdict: i < supported ? 'supported' : 'unsupported',
    })),
  });
const steps = (cheapSays: string, dearSays: string, maxWords = 20) => {
  const [cheap, dear] = [scriptedModel([cheapSays], 'cheap'), scriptedModel([dearSays], 'dear')];
  const judges = [
    createFormatJudge({ maxWords, forbids: [] }),
    createClaimsJudge({ model: cheap, passScore: 0.9 }),
    createClaimsJudge({ model: dear, passScore: 0.9 }),
  ];
  return { cheap, dear, cascade: createCascade({ name: 'cascade-x', steps: judges, sureBelow: 0.2, sureAbove: 1 }) };
};

describe('a cascade of judges', () => {
  it('stops at a rule that rejects, and asks no model', async () => {
    const { cascade, cheap, dear } = steps(claims(1, 1), claims(1, 1), 2);
    const verdict = await runPanel({ judges: [cascade], subject });
    expect(verdict).toMatchObject({ decision: 'reject', reasons: ['cascade-x'] });
    expect(verdict.judgements.map(({ judge }) => judge)).toEqual(['cascade-x', 'cascade-x/format']);
    expect([cheap.requests.length, dear.requests.length]).toEqual([0, 0]);
  });

  it.each([
    [claims(2, 2), 'passed'],
    [claims(0, 2), 'rejected'],
  ])('takes the word of a cheap model that is sure', async (cheapSays, label) => {
    const { cascade, dear } = steps(cheapSays, claims(1, 1));
    expect(await cascade.judge(subject)).toMatchObject({ label });
    expect(dear.requests).toHaveLength(0);
  });

  it('asks the dear model where the cheap one is not sure, and keeps what both said', async () => {
    const { cascade, dear } = steps(claims(1, 2), claims(3, 3));
    const judged = await cascade.judge(subject);
    expect(judged).toMatchObject({ label: 'passed', score: 1, composed: { by: 'cascade', step: 3, steps: 3 } });
    expect(judged.reason).toContain('step 3 of 3, claims: 3 of 3 claims are supported');
    expect(judged.parts?.map(({ judge, score }) => [judge, score])).toEqual([
      ['cascade-x/format', 1],
      ['cascade-x/claims', 0.5],
      ['cascade-x/claims', 1],
    ]);
    expect(dear.requests).toHaveLength(1);
  });

  it('goes on to the dear model when the cheap one gives no usable reply', async () => {
    const { cascade, dear } = steps('nonsense', claims(0, 1));
    expect(await cascade.judge(subject)).toMatchObject({ label: 'rejected', score: 0 });
    expect(dear.requests).toHaveLength(1);
  });

  it('forecasts the first model as sure to be asked and the others not', () => {
    const { cascade } = steps('', '');
    expect(cascade.calls?.(subject).map(({ model, sure }) => [model.model, sure])).toEqual([
      ['cheap', true],
      ['dear', false],
    ]);
  });
});
