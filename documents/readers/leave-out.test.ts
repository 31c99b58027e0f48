import fc from '../../test/support/property.ts';
import { describe, expect, it } from 'vitest';
import { leaveOut } from './leave-out.ts';

const kept = (text: string) => leaveOut(text, 'markdown').text;
const kinds = (text: string, format: 'markdown' | 'text' = 'markdown') =>
  leaveOut(text, format).leftOut.map(({ kind }) => kind);
const PICTURE = `data:image/png;base64,${'iVBORw0KGgo'.repeat(20)}`;

describe('what is no text of a document', () => {
  it.each([
    ['Two litres. <!-- price? --> Three minutes.', 'Two litres. Three minutes.', ['comment']],
    ['One\n<!-- page 2 -->\ntwo.', 'One\ntwo.', ['comment']],
    ['One.\n\n<!--\ndraft\n\n# Hidden\n-->\n\nTwo.', 'One.\n\n\nTwo.', ['comment']],
    ['| a | b |\n|---|---|\n<!-- x -->\n| 1 | 2 |', '| a | b |\n|---|---|\n| 1 | 2 |', ['comment']],
    ['<!-- a --> <!-- b -->\nText.', ' Text.', ['comment', 'comment']],
    [`A ![kettle](${PICTURE} "b") c.`, 'A c.', ['picture']],
    [`A ![][image1].\n\n[image1]: <${PICTURE}>\n`, 'A .\n\n', ['picture', 'picture']],
    ['![A kettle](a_(b).png)\n\nText.', '\nText.', ['picture']],
    ['[![badge](a.svg)](https://a.example) Text.', ' Text.', ['picture']],
    [`<img src="${PICTURE}" alt="x"> Text.`, ' Text.', ['picture']],
    [`See ${PICTURE} there.`, 'See there.', ['data']],
    ['[//]: # (draft)\nText.', 'Text.', ['comment']],
    ['<svg viewBox="0 0 1 1">\n<path d="M0 0"/>\n</svg>\nText.', 'Text.', ['picture']],
    ['<script>\nvar a = 1 < 2;\n</script>\nText.', 'Text.', ['script']],
    [`\`\`\`css\na { b: url(${PICTURE}) }\n\`\`\``, '```css\na { b: url() }\n```', ['data']],
  ])('is left out and listed: %j (F9, F25)', (text, rest, what) => {
    expect(kept(text)).toBe(rest);
    expect(kinds(text)).toEqual(what);
  });

  it.each([
    '<!-- opened and never closed\n\nText.',
    'Write `<!-- more -->` there.',
    'Write ``a ` <!-- more -->`` there.',
    '```html\n<!-- a -->\n![b](c.png)\n<script></script>\n```',
    '~~~\n```\n<!-- a -->\n~~~',
    'A [link](a.png), a! [b](c) and data: here. data:text/plain,hello',
    '```js``` <b>not a fence</b>',
    '<script>\nnever closed',
    '[a]: https://a.example',
  ])('is nothing of this: %j', (text) => {
    expect(leaveOut(text, 'markdown')).toEqual({ text, leftOut: [] });
  });

  it('is only data in text that is not Markdown (F26)', () => {
    expect(leaveOut('<!-- a --> ![b](c) <script></script>', 'text').leftOut).toEqual([]);
    expect(kinds(`a ${PICTURE}`, 'text')).toEqual(['data']);
  });

  it('takes an opened comment for text where another opens before one closes: no page is lost', () => {
    expect(kept('<!-- Page 1\nOne.\n\n<!-- Page 2 -->\nTwo.')).toBe('<!-- Page 1\nOne.\n\nTwo.');
  });

  it('and what is left make up the whole, whatever it holds (F25)', () => {
    const part = fc.constantFrom(
      '<!--',
      '-->',
      '![',
      '](',
      ')',
      '[',
      ']',
      '`',
      '``',
      '```',
      '\n',
      '\n\n',
      ' ',
      '    ',
      '<img ',
      '>',
      '<script>',
      '</script>',
      'data:image/png;base64,',
      'A'.repeat(120),
      'text',
      '~~~',
      '[a]: ',
      '"',
      '1. ',
      '- ',
      '|',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        const text = parts.join('');
        const { text: rest, leftOut } = leaveOut(text, 'markdown');
        let from = 0;
        let between = '';
        for (const { start, end } of leftOut) {
          expect(start).toBeGreaterThanOrEqual(from);
          between += text.slice(from, start);
          from = end;
        }
        expect(between + text.slice(from)).toBe(rest);
      }),
      { numRuns: 500 },
    );
  });
});
