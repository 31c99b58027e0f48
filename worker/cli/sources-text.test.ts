import { expect, it } from 'vitest';
import { sourcesOf, sourcesText } from './sources-text.ts';

const citation = {
  documentId: 'scan.md',
  title: 'Scans',
  passageId: 'scan.md#2',
  place: 'page 3',
  start: 10,
  end: 59,
  text: 'An anomaly scan happens\nbetween 18 and 21 weeks.',
  score: 0.714,
};
const index = { name: 'womens-health', sha256: 'a'.repeat(64) };

it('names title, document, page, place, score and sentence of each source', () => {
  const sources = sourcesOf({ choices: [], whetstone: { outcome: 'quoted', index, citations: [citation] } });
  expect(sourcesText(sources, 100)).toBe(
    [
      'Quoted from index womens-health, snapshot aaaaaaaaaaaa:',
      ' 1. Scans (scan.md, page 3, characters 10 to 59), score 0.71',
      '    An anomaly scan happens between 18 and 21 weeks.',
    ].join('\n'),
  );
});

it('says where there are none, and why', () => {
  expect(sourcesText(sourcesOf({ choices: [] }), 80)).toBe('Sources: none, this version answers by itself');
  const none = sourcesOf({ whetstone: { outcome: 'not said', index, citations: [] } });
  expect(sourcesText(none, 80)).toBe('Sources: none is near enough (index womens-health, snapshot aaaaaaaaaaaa)');
});
