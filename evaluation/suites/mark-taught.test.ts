import { expect, it } from 'vitest';
import type { SuiteQuestion } from '../../schema/evaluation.ts';
import { markTaught } from './mark-taught.ts';

const asked = (question: string, answer: string): SuiteQuestion => ({
  id: question,
  cluster: question,
  question,
  answer,
});
const training = [
  { factId: 'a', question: 'How long does a cycle last?', answer: 'A cycle lasts 21 to 35 days.' },
  { factId: 'a', question: 'Tell me how long a cycle lasts.', answer: 'A cycle lasts 21 to 35 days.' },
  { factId: 'b', question: 'What eases cramps?', answer: 'A heat pad eases cramps.' },
];
const questions = [
  asked('is 24 days ok', 'Yes, a cycle of 21 to 35 days is fine.'),
  asked('anything for a sore belly', 'Warmth helps.'),
  asked('who won', 'Nobody.'),
];

it('marks by words which questions ask for a fact that was trained on', async () => {
  const marked = await markTaught({ questions, training, semantic: undefined });
  expect(marked.map(({ taught }) => taught?.known)).toEqual([true, false, false]);
  expect(marked[0]?.taught?.nearest).toBe('How long does a cycle last?');
});

it('asks an embedding model about the others, one question for each fact', async () => {
  const embedded: (readonly string[])[] = [];
  const embed = (texts: readonly string[]) => {
    embedded.push(texts);
    return Promise.resolve(texts.map((text) => Float32Array.from(/cramps|belly/.test(text) ? [1, 0] : [0, 1])));
  };
  const marked = await markTaught({
    questions: questions.slice(0, 2),
    training,
    semantic: { threshold: 0.9, embed },
  });
  expect(marked[1]?.taught).toEqual({ known: true, score: 1, nearest: 'What eases cramps?' });
  expect(embedded.map((texts) => texts.length)).toEqual([1, 2]);
});
