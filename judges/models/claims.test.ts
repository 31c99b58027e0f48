import { describe, expect, it } from 'vitest';
import { scriptedModel } from '../../test/fakes/scripted-model.ts';
import { createClaimsJudge } from './claims.ts';
import { JudgeReplyError } from '../types.ts';

const subject = { question: 'How long?', answer: 'Seven days, in a fridge.', context: 'It keeps seven days.' };
const claims = (...verdicts: string[]) =>
  JSON.stringify({ claims: verdicts.map((verdict, i) => ({ claim: `claim ${i + 1}`, verdict })) });

describe('faithfulness by claims', () => {
  it.each([
    [claims('supported', 'supported'), 'supported', 1],
    [claims('supported', 'unsupported'), 'partly-supported', 0.5],
    [claims('supported', 'supported', 'contradicted', 'unsupported'), 'contradicted', 0.5],
    [claims(), 'no-claims', 0],
  ])('scores the share of claims that are supported: %s', async (reply, label, score) => {
    const judge = createClaimsJudge({ model: scriptedModel([reply]) });
    expect(await judge.judge(subject)).toMatchObject({ label, score });
  });

  it('names the claims that are not supported', async () => {
    const judge = createClaimsJudge({ model: scriptedModel([claims('supported', 'unsupported')]) });
    expect((await judge.judge(subject)).reason).toBe('1 of 2 claims are supported; unsupported: claim 2');
  });

  it('passes no answer for a reply that it cannot read', async () => {
    const model = scriptedModel(['{"claims": [{"claim": "x", "verdict": "maybe"}]}']);
    await expect(createClaimsJudge({ model }).judge(subject)).rejects.toThrow(JudgeReplyError);
    expect(model.requests).toHaveLength(3);
  });

  it('has nothing to say of questions that the passage leaves open', () => {
    const judge = createClaimsJudge({ model: scriptedModel([]) });
    expect(judge.applies?.({ ...subject, kind: 'unanswerable' })).toBe(false);
    expect(judge.applies?.({ ...subject, kind: 'factual' })).toBe(true);
  });
});
