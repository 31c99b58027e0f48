import { describe, expect, it } from 'vitest';
import { parseLabels } from './labels.ts';

describe('labels', () => {
  it('are answers with what a person said of them', () => {
    const text =
      '\uFEFF{"question": "q", "answer": "", "label": "fail"}\r\n\n{"question": "q", "answer": "a", "reference": "r", "label": "pass"}\n';
    expect(parseLabels(text, 'l.jsonl')).toEqual([
      { subject: { question: 'q', answer: '' }, human: 'fail' },
      { subject: { question: 'q', answer: 'a', reference: 'r' }, human: 'pass' },
    ]);
  });

  it.each([
    ['not json', 'l.jsonl:1: found "not json", which is not JSON\nEach line: expected {"question"'],
    ['{"question": "q", "answer": "a", "label": "good"}', "l.jsonl:1: label: unknown label 'good'; known: pass, fail"],
    [
      '{"question": "q", "answer": "a", "label": "pass", "note": 1}',
      "l.jsonl:1: note: unknown field 'note'; known: answer",
    ],
    ['\n', 'l.jsonl: no labels found; expected'],
  ])('that are no labels are named by file and line: %j', (text, message) => {
    expect(() => parseLabels(text, 'l.jsonl')).toThrow(message);
  });

  it('list ten faults and count the others', () => {
    expect(() => parseLabels('x\n'.repeat(14), 'l.jsonl')).toThrow(
      /l\.jsonl:10: [^]*\.\.\. and 4 more\nEach line: expected/,
    );
  });
});
