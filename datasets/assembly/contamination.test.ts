import { describe, expect, it } from 'vitest';
import { leaveOutContaminated, type SuiteWordings } from './contamination.ts';
import { exampleOf } from '../../test/support/examples.ts';

const row = (id: string, question: string) => exampleOf({ id, question });
const rows = [
  row('copy', 'How long can a swab stay in the bag?'),
  row('near', 'How long can a swab stay in that bag?'),
  row('far', 'When is the second scan done in a pregnancy?'),
];
const suite = (declares: SuiteWordings['declares']): SuiteWordings => ({
  name: 'golden',
  declares,
  questions: ['Who may drive?', 'How long can a swab stay in the bag?'],
});
const leaveOut = (suites: SuiteWordings[], over = rows) =>
  leaveOutContaminated({ rows: over, suites, contamination: 0.7, nearDuplicate: 0.9 });

describe('contamination', () => {
  it('leaves out what is near a question of a suite of new facts, and names it', async () => {
    const { kept, leftOut } = await leaveOut([suite('new facts')]);
    expect(kept.map(({ id }) => id)).toEqual(['far']);
    expect(leftOut.map((left) => [left.row.id, left.reason])).toEqual([
      ['copy', 'contaminated'],
      ['near', 'contaminated'],
    ]);
    expect(leftOut[0]?.why).toContain('suite golden, which declares new facts: "How long can a swab stay in the bag?"');
  });

  it('leaves out only the wording itself for a suite of the same facts in new wording', async () => {
    expect((await leaveOut([suite('same facts, new wording')])).kept.map(({ id }) => id)).toEqual(['near', 'far']);
  });

  it('counts an example once, whatever suites it is near', async () => {
    const { leftOut } = await leaveOut([suite('new facts'), { ...suite('new facts'), name: 'other' }]);
    expect(leftOut).toHaveLength(2);
  });

  it('finds one among many that are alike', async () => {
    const alike = Array.from({ length: 3000 }, (_, i) =>
      row(`alike-${i}`, `How many barrels stand in hall ${i} of town?`),
    );
    const questions = ['How many barrels stand in hall 7 of town?'];
    const { leftOut } = await leaveOutContaminated({
      rows: alike,
      suites: [{ name: 'golden', declares: 'same facts, new wording', questions }],
      contamination: 0.7,
      nearDuplicate: 1,
    });
    expect(leftOut.map(({ row: { id } }) => id)).toEqual(['alike-7']);
  });
});
