import { describe, expect, it } from 'vitest';
import fc from '../test/support/property.ts';
import { leadingThoughts, opensThoughts, thoughtSplitter, withoutThoughts } from './thoughts.ts';

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

describe('a reply that comes in pieces', () => {
  const split = (pieces: readonly string[]) => {
    const splitter = thoughtSplitter();
    const parts = [...pieces.map((piece) => splitter.push(piece)), splitter.end()];
    return { thoughts: parts.map(({ thoughts }) => thoughts).join(''), text: parts.map(({ text }) => text).join('') };
  };
  const words = fc.array(
    fc.constantFrom(
      '<think>',
      '</think>',
      '[THINK]',
      '[/THINK]',
      '<|channel|>analysis<|message|>',
      '<|channel|>final<|message|>',
      'four',
      ' ',
      '\n',
      '<b>',
      '[1]',
      'a < b',
      '<|',
    ),
    { maxLength: 8 },
  );

  it('is told apart as the whole reply is, wherever it is cut', () => {
    fc.assert(
      fc.property(words, fc.array(fc.nat(60), { maxLength: 8 }), (parts, cuts) => {
        const reply = parts.join('');
        const at = [0, ...cuts.filter((cut) => cut < reply.length).sort((a, b) => a - b), reply.length];
        const pieces = at.slice(1).map((end, i) => reply.slice(at[i], end));
        const { thoughts, text } = leadingThoughts(reply, false) ?? { thoughts: '', text: reply };
        const found = split(pieces);
        expect({ thoughts: found.thoughts.trim(), text: found.text.trim() }).toEqual({ thoughts, text: text.trim() });
      }),
      { numRuns: 500 },
    );
  });

  it('is handed on at once where it starts with its answer, and its thoughts while they come', () => {
    const { push } = thoughtSplitter();
    expect(push('Four')).toEqual({ thoughts: '', text: 'Four' });
    const thinking = thoughtSplitter();
    expect(thinking.push('<think>Let me')).toEqual({ thoughts: 'Let me', text: '' });
    expect(thinking.push(' see</thi')).toEqual({ thoughts: ' see', text: '' });
    expect(thinking.push('nk>\n\nFo')).toEqual({ thoughts: '', text: 'Fo' });
  });
});
