import { describe, expect, it } from 'vitest';
import { scriptedModel } from '../../test/fakes/scripted-model.ts';
import { guidelineRubric } from './guideline.ts';
import { createJudge } from '../index.ts';

const model = { provider: 'openai', model: 'judge', apiKeyEnv: 'KEY' };
const judgeOf = (guidelines: string[], reply: string) => {
  const asked = scriptedModel([reply]);
  const spec = { judge: 'guideline', name: 'house', guidelines, model } as unknown as Parameters<typeof createJudge>[0];
  return { asked, judge: createJudge(spec, { chatModel: () => asked }) };
};

describe('the judge of guidelines', () => {
  it('asks for every guideline in words, and is named after them', async () => {
    const { asked, judge } = judgeOf(['Say who to call.', 'No {{brand}} names.'], '{"reason": "r", "label": "broken"}');
    expect(judge.name).toBe('guideline-house');
    expect(await judge.judge({ question: 'q', answer: 'a' })).toMatchObject({ label: 'broken', score: 0 });
    const prompt = asked.requests[0]?.messages[0]?.content;
    expect(prompt).toContain('1. Say who to call.\n2. No { {brand}} names.');
    expect(prompt).toContain('Question: "q"');
  });

  it('has another version when a guideline changes', () => {
    expect(judgeOf(['a'], '').judge.version).not.toBe(judgeOf(['b'], '').judge.version);
  });

  it('is a rubric that no guideline can break out of', () => {
    expect(() => guidelineRubric({ name: 'x', guidelines: ['write {{nothing}}'] })).not.toThrow();
  });
});
