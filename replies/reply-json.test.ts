import fc from '../test/support/property.ts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fieldsOf, isRecord, knownWord, readJson } from './reply-json.ts';
import { parseRelaxed } from './relaxed-json.ts';

const schema = z.object({ reason: z.string(), label: z.enum(['yes', 'no']) });
const good = { reason: 'it is {there}, as "said"', label: 'yes' as const };
const bare = JSON.stringify(good);
const draft = '{"reason": "first thought", "label": "no"}';
const read = (reply: string) => readJson(reply, schema);

describe('reading JSON out of a reply', () => {
  it.each([
    ['bare', bare],
    ['with words around it', `Sure! ${bare} I hope that helps.`],
    ['in a fence', `Here:\n\`\`\`json\n${bare}\n\`\`\`\nDone {so to speak}.`],
    ['in a fence by another name', `Here {you} go:\n\`\`\`JSON\n${bare}\n\`\`\``],
    ['in a fence of tildes', `~~~json\n${bare}\n~~~`],
    ['in a fence with Windows line ends', `Here {it} is:\r\n\`\`\`json\r\n${bare}\r\n\`\`\`\r\n`],
    ['in a fence that is not closed', `\`\`\`json\n${bare}`],
    ['after thoughts', `<think>\nThe form is {"reason", "label"}; fine.\n</think>${bare}`],
    [
      'after a draft in the thoughts',
      `<think>\n\`\`\`json\n${draft}\n\`\`\`\nNo wait.</think>\n\`\`\`json\n${bare}\n\`\`\``,
    ],
    ['after thoughts that were opened elsewhere', `The form is ${draft}. Let me write.\n</think>\n${bare}`],
    ['after thoughts with attributes', `<think time="3">${draft}</think>${bare}`],
    ['after thoughts marked otherwise', `[THINK]${draft}[/THINK]${bare}`],
    [
      'in the final channel',
      `<|channel|>analysis<|message|>${draft}<|end|><|start|>assistant<|channel|>final<|message|>${bare}<|return|>`,
    ],
    ['before further thoughts', `${bare}\n<think>Was that right? ${draft}`],
    ['after a draft', `${draft}\nNo, rather:\n${bare}`],
    ['after a brace', `I write { now: ${bare}`],
    ['after a quote', `["the blue one": ${bare}`],
    ['as a JSON string', JSON.stringify(bare)],
    ['with a comma before the bracket', `${bare.slice(0, -1)},}`],
    ['as a part of another object', JSON.stringify({ result: good })],
    ['with further keys', JSON.stringify({ ...good, confidence: 0.9 })],
    [
      'with a mark of thoughts in it, fenced',
      `\`\`\`json\n${JSON.stringify({ ...good, note: 'the tag </think> ends' })}\n\`\`\``,
    ],
  ])('takes what counts: %s (F1, F2)', (_, reply) => {
    expect(read(reply)).toEqual({ status: 'read', value: good });
  });

  it('reads what Python prints', () => {
    const reply = `{'reason': "it's there", 'label': 'yes', 'sure': True, 'other': None}`;
    expect(read(reply)).toEqual({ status: 'read', value: { reason: "it's there", label: 'yes' } });
  });

  it.each([
    ['', 'the reply is empty'],
    ['It is there.', 'the reply is no JSON: it begins with "It is there."'],
    ['<think>\nThe user wants', 'the reply ended in its thoughts'],
    [bare.slice(0, -5), 'the reply is no JSON: it ends inside a value'],
    ['{"reason": "x", "label": "great"}', 'label: Invalid option'],
  ])('says why it can not: %j', (reply, problem) => {
    expect(read(reply)).toMatchObject({ status: 'unread', problem: expect.stringContaining(problem) });
  });

  it('takes no part of a reply that was cut off for the whole', () => {
    const list = z.object({ items: z.array(z.object({ item: z.string() })) });
    const mend = (value: unknown) => (Array.isArray(value) ? { items: value } : value);
    const cut = '{"items": [{"item": "a", "parts": [{"item": "b"}]}, {"item": "c';
    expect(readJson(cut, list, mend)).toMatchObject({ status: 'unread' });
    expect(readJson('[{"item": "a"}]', list, mend)).toMatchObject({ status: 'read' });
    expect(readJson('{"item": "a"}\n{"item": "b"}', list, mend)).toMatchObject({
      value: { items: [{ item: 'a' }, { item: 'b' }] },
    });
  });

  it('never throws, whatever the reply', () => {
    const parts = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      ',',
      ':',
      '\\',
      '\\u',
      '<think>',
      '</think>',
      '```json\n',
      '\n',
      bare,
      'None',
      '-',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.json(),
          fc.array(parts).map((all) => all.join('')),
        ),
        (reply) => {
          expect(['read', 'unread']).toContain(read(reply).status);
        },
      ),
    );
  });

  it('reads any prefix as the whole or gives a cause', () => {
    const thought = `<think>${draft}</think>\n\`\`\`json\n${bare}\n\`\`\``;
    for (const reply of [bare, thought, `Sure: ${bare}`]) {
      for (let length = 0; length <= reply.length; length++) {
        const found = read(reply.slice(0, length));
        // A problem, or what the whole says.
        expect(found.status === 'read' ? found.value : found.problem && good).toEqual(good);
      }
    }
  });

  it('reads a good reply alike whatever thoughts, fence and words are around it', () => {
    const prose = fc.string({ maxLength: 60 }).map((text) => text.replaceAll('`', ''));
    const value = fc.record({ reason: fc.string(), label: fc.constantFrom('yes' as const, 'no' as const) });
    const fences = fc.constantFrom<[string, string]>(
      ['', ''],
      ['```json\n', '\n```'],
      ['```\r\n', '\r\n```'],
      ['~~~JSON\n', '\n~~~'],
    );
    fc.assert(
      fc.property(value, prose, prose, fences, (said, before, after, [open, close]) => {
        const reply = `<think>${before}${draft}${after}</think>${before}\n${open}${JSON.stringify(said)}${close}\n${after}`;
        // A word that opens a text of its own, and never closes it, hides what follows in it.
        fc.pre(parseableWords(before) && parseableWords(after));
        expect(read(reply)).toEqual({ status: 'read', value: said });
      }),
      { numRuns: 300 },
    );
  });

  it('takes time in proportion to the length', () => {
    for (const piece of ['{', '[', '{"a":', '[1,', '"', "{'", '<think>', '\\"', '{"', ' ']) {
      expect(read(piece.repeat(20_000)).status).toBe('unread');
    }
  });
});

const parseableWords = (words: string) => !/[{[]\s*['"]|[<>\\]/.test(words) && !/[{[]\s*$/.test(words);

describe('words and fields', () => {
  it.each([
    ['Partly Supported', 'partly-supported'],
    ['"partly_supported".', 'partly-supported'],
    [5, '5'],
    ['supporte', undefined],
    [null, undefined],
  ])('knows %j (F17)', (said, known) => {
    expect(knownWord(said, ['supported', 'partly-supported', '5'])).toBe(known);
  });

  it('takes a field by its own name before one that is like it', () => {
    expect(fieldsOf({ Label: 'a', label: 'b', LABELS: 'c' }, ['label'])).toEqual({ label: 'b' });
  });

  it('reads strict JSON as JSON does', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(isRecord(value) || Array.isArray(value));
        const text = JSON.stringify(value);
        expect(parseRelaxed(text)).toEqual({ status: 'value', value: JSON.parse(text) as unknown, end: text.length });
      }),
    );
  });
});
