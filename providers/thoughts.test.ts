import { describe, expect, it } from 'vitest';
import { leadingThoughts, opensThoughts, withoutThoughts } from './thoughts.ts';

describe('thoughts before an answer that is handed on', () => {
  it.each([
    ['<think>\nHm.\n</think>\n\nFour.', { thoughts: 'Hm.', text: 'Four.' }],
    ['\n<think>\n\n</think>\n\nFour.', { thoughts: '', text: 'Four.' }],
    ['[THINK]Hm.[/THINK]Four.', { thoughts: 'Hm.', text: 'Four.' }],
    ['<think>Cut off', { thoughts: 'Cut off', text: '' }],
    [
      '<think>Hm.</think>Write <think> first, then </think>.',
      { thoughts: 'Hm.', text: 'Write <think> first, then </think>.' },
    ],
    ['Write <think> first, then </think>.', undefined],
    ['Hm.\n</think>\nFour.', undefined],
    ['Four.', undefined],
  ])('%j is told apart as %j', (reply, parts) => {
    expect(leadingThoughts(reply, false)).toEqual(parts);
  });

  it('may have been opened by the prompt', () => {
    expect(leadingThoughts('Hm.\n</think>\nFour.', true)).toEqual({ thoughts: 'Hm.', text: 'Four.' });
    expect(leadingThoughts('Four.', true)).toBeUndefined();
    expect(opensThoughts("{{ '<|im_start|>assistant\\n<think>\\n' }}")).toBe(true);
    expect(opensThoughts('{{ message.content }}')).toBe(false);
  });
});

it('are cut wherever they stand for who reads a reply', () => {
  expect(withoutThoughts('So: <think>hm</think>four.')).toEqual({ text: 'So: four.', unclosed: false });
});
