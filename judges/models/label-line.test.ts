import { describe, expect, it } from 'vitest';
import { scriptedModel } from '../../test/fakes/scripted-model.ts';
import { labelReader } from './label-line.ts';
import { createLlmJudge } from './llm.ts';
import { loadRubric } from '../rubrics.ts';

const rubric = loadRubric('faithfulness');
const read = labelReader(rubric);
const label = (reply: string) => {
  const found = read(reply);
  return found.status === 'read' ? found.value.label : found.problem;
};

describe('a judgement in one line (F34)', () => {
  it.each([
    ['supported: the passage says so', 'supported'],
    ['Supported.', 'supported'],
    ['**Unsupported** - it says nothing of it', 'unsupported'],
    ['Label: contradicted\nThe passage says otherwise.', 'contradicted'],
    ['<think>supported?</think>\n"contradicted"', 'contradicted'],
  ])('is the label that %j begins with', (reply, expected) => {
    expect(label(reply)).toBe(expected);
  });

  it('is no label in the middle, nor half a word', () => {
    expect(label('It is supported.')).toMatch(/begins with "It is supported\."; expected one of "supported"/);
    expect(label('supportedness')).toMatch(/expected one of/);
    expect(label('')).toMatch(/expected one of/);
  });

  it('comes from a judge whose model is asked for lines, with a version of its own', async () => {
    const model = scriptedModel(['I think so', 'supported: it stands there']);
    const judge = createLlmJudge({ rubric, model, format: 'lines' });
    const judged = await judge.judge({ question: 'Why?', answer: 'So.', context: 'So.' });
    expect(judged).toMatchObject({ label: 'supported', score: 1, reason: 'it stands there' });
    const [first, again] = model.requests;
    expect(first?.responseSchema).toBeUndefined();
    expect(first?.messages[0]?.content).toContain('Reply with one of these labels');
    expect(again?.messages.at(-1)?.content).toContain('with one of the labels first');
    expect(judge.version).not.toBe(createLlmJudge({ rubric, model }).version);
  });
});
