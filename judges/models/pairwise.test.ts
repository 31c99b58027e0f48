import { describe, expect, it } from 'vitest';
import { scriptedModel } from '../../test/fakes/scripted-model.ts';
import { createPairwiseJudge } from './pairwise.ts';

const subject = { question: 'How long?', context: 'It keeps seven days.' };
const reply = (better: string) => JSON.stringify({ reason: `${better} is better`, better });
const compare = (say: (prompt: string) => string) =>
  createPairwiseJudge({ model: scriptedModel(({ messages }) => say(messages[0]?.content ?? '')) }).compare({
    subject,
    a: 'Seven days.',
    b: 'Eight days.',
  });
const firstIsA = (prompt: string) => prompt.includes('First answer: "Seven days."');

describe('the pairwise judge', () => {
  it('asks in both orders and takes what both say', async () => {
    const preference = await compare((prompt) => reply(firstIsA(prompt) ? 'first' : 'second'));
    expect(preference).toMatchObject({ better: 'a', said: ['a', 'a'] });
  });

  it('is a tie when the model favours a place', async () => {
    expect(await compare(() => reply('first'))).toMatchObject({ better: 'tie', said: ['a', 'b'] });
  });

  it('is a tie when one order is', async () => {
    const preference = await compare((prompt) => reply(firstIsA(prompt) ? 'tie' : 'first'));
    expect(preference).toMatchObject({ better: 'tie', said: ['tie', 'b'] });
  });
});
