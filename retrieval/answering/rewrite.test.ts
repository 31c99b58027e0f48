import { expect, it } from 'vitest';
import { rewrite } from './rewrite.ts';

const history = [
  { role: 'user', content: 'What is endometriosis?' },
  { role: 'assistant', content: 'Tissue like the lining of the womb that grows elsewhere.' },
] as const;

it.each([
  ['And in teenagers?', true],
  ['How is it treated at home?', true],
  ['What are its symptoms?', true],
  ['Why?', true],
  ['How often should people check their breasts for lumps or dimples?', false],
  ['When does an anomaly scan happen?', false],
])('by rule, %j is searched for with what was asked before: %s', async (question, withBefore) => {
  const { question: standing } = await rewrite({ by: 'rule', question, history }, undefined);
  expect(standing).toBe(withBefore ? `What is endometriosis? ${question}` : question);
  expect(await rewrite({ by: 'rule', question, history: [] }, undefined)).toEqual({ question, said: [] });
  expect(await rewrite({ by: 'none', question, history }, undefined)).toEqual({ question, said: [] });
});

it('by rule goes back only as far as it must', async () => {
  const before = [{ role: 'user', content: 'How long does an anomaly scan take?' } as const, ...history];
  const { question } = await rewrite({ by: 'rule', question: 'Why?', history: before }, undefined);
  expect(question).toBe('How long does an anomaly scan take? What is endometriosis? Why?');
});
