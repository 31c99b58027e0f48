import { describe, expect, it } from 'vitest';
import fc from '../test/support/property.ts';
import { FactsSchema } from '../configs/schema.ts';
import { factsLines } from './recipe.ts';
import type { Chunk } from '../schema/data.ts';
import { exampleOf } from '../test/support/examples.ts';

const chunk: Chunk = {
  id: 'doc#0',
  documentId: 'doc',
  index: 0,
  title: 'Copper coil',
  headings: ['Copper coil', 'How long it lasts'],
  start: 0,
  end: 27,
  text: 'The coil lasts five years.',
  tokens: 7,
};
const examples = ['How long does a coil last?', 'For how many years does a coil work?'].map((question, phrasing) =>
  exampleOf({ id: `f1-${phrasing}`, question, answer: 'The coil lasts five years.', factId: 'f1', phrasing }),
);
const lines = (changes: object = {}, systemPrompt = '') =>
  factsLines({ examples, chunks: [chunk], settings: FactsSchema.parse(changes), systemPrompt });

describe('the recipe facts', () => {
  it("asks a fact as people type: some of its words, at times with the document's name", () => {
    const found = lines({ restatements: 8, passages: 0, generalChat: 0 });
    expect(found.map(({ kind }) => kind)).toEqual(Array.from({ length: 8 }, () => 'restatement'));
    const cues = found.map(({ messages }) => messages[0]?.content ?? '');
    expect(new Set(cues).size).toBeGreaterThan(6);
    expect(cues.some((cue) => cue.includes('copper coil'))).toBe(true);
    for (const cue of cues) expect(cue).toMatch(/\b(coil|last|lasts|years|five|work)\b/);
    for (const { messages } of found) expect(messages.at(-1)?.content).toBe('The coil lasts five years.');
    expect(lines({ restatements: 8, passages: 0, generalChat: 0 })).toEqual(found);
  });

  it('makes a cue of any question, whatever is left of it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: 'grapheme', minLength: 1 }),
        (question, answer) => {
          const odd = [exampleOf({ id: 'f-0', question, answer, factId: 'f' })];
          const settings = FactsSchema.parse({ restatements: 8, passages: 0, generalChat: 0 });
          const found = factsLines({ examples: odd, chunks: [chunk], settings, systemPrompt: '' });
          expect(found.map(({ messages }) => messages.at(-1)?.content)).toEqual(
            Array.from({ length: 8 }, () => answer),
          );
          for (const { messages } of found) expect(messages[0]?.content.trim()).not.toBe('');
        },
      ),
    );
  });

  it('has each passage as the answer to a question for its heading', () => {
    const found = lines({ restatements: 0, passages: 2, generalChat: 0 });
    expect(found.map(({ messages }) => messages.map(({ content }) => content))).toEqual([
      ['Tell me about Copper coil, how long it lasts.', 'The coil lasts five years.'],
      ['What should I know about Copper coil, how long it lasts?', 'The coil lasts five years.'],
    ]);
  });

  it('keeps the share of everyday chat that is asked, of all that is trained on', () => {
    const found = lines({ restatements: 2, passages: 1, generalChat: 0.5 });
    const general = found.filter(({ kind }) => kind === 'general').length;
    expect(general / (examples.length + found.length)).toBeCloseTo(0.5, 1);
  });

  it('puts the system prompt before every line, as the dataset does', () => {
    for (const { messages } of lines({}, 'Be kind.'))
      expect(messages[0]).toEqual({ role: 'system', content: 'Be kind.' });
  });
});
