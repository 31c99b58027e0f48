import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../sql/database.ts';
import { onEachDatabase } from '../../test/support/databases.ts';
import { migrateRegistry } from '../migrate.ts';
import type { RegistryTables } from '../schema.ts';
import { createRegistry } from '../store.ts';
import type { Grade, Grading } from './schema.ts';
import { orderAgreements, tallies, tallyWords } from './tally.ts';

const at = '2026-11-26T10:00:00Z';
const verdict = (candidate: number, other: number) => ({
  correctness: { judge: 'correctness', version: '1', candidate, other },
});
const grade = (question: number, more: Partial<Grade> = {}): Grade => ({
  question,
  suite: 'golden',
  questionId: `q${question}`,
  prefers: 'candidate',
  verdicts: verdict(1, 0),
  ...more,
});
const grading = (by: string, grades: Grade[]): Grading => ({
  promotionId: 'p',
  seq: 1,
  by,
  sample: 'a'.repeat(12),
  grades,
  updateId: by,
  at,
});

onEachDatabase('grades of a blind sample', ({ create }) => {
  it('are kept once for an Update, sealed, and taken while the promotion waits', async () => {
    const db = await openDatabase<RegistryTables>(await create());
    await migrateRegistry(db);
    const registry = createRegistry(db, { policies: { production: { description: '', approvals: 1, evidence: [] } } });
    const common = { model: 'demo', base: 'b', systemPrompt: '', sampling: { temperature: 0, maxTokens: 96 }, at };
    await registry.registerVersion({
      ...common,
      candidate: 'base',
      runId: 'r',
      ref: { uri: 'file:///b', sha256: 'b' },
    });
    await registry.openPromotion({
      id: 'p',
      model: 'demo',
      alias: 'production',
      version: 1,
      expectedVersion: null,
      reasons: [],
      approvalsNeeded: 1,
      at,
    });
    const { seq: _seq, ...ada } = grading('Ada', [grade(1, { comment: 'a \0 in it' }), grade(2)]);
    expect(await registry.recordGrading(ada)).toEqual({ status: 'recorded' });
    expect(await registry.recordGrading(ada)).toEqual({ status: 'recorded' });
    expect(
      await registry.recordGrading({ ...ada, by: ' ADA', updateId: 'again', grades: [grade(2), grade(3)] }),
    ).toEqual({
      status: 'refused',
      message: expect.stringMatching(/ADA has graded question 2 already.*nothing was changed/),
    });
    const { seq: _of, ...bob } = grading('Bob', [grade(2, { prefers: 'both' })]);
    await registry.recordGrading(bob);
    expect(await registry.gradings('p')).toEqual([
      { ...ada, seq: 1 },
      { ...bob, seq: 2 },
    ]);
    const seals = await registry.checkSeals('demo');
    expect(seals).toMatchObject({ rows: 4 });
    expect(seals.broken).toBeUndefined();

    await registry.recordDecision({ promotionId: 'p', decision: 'reject', by: 'Ada', why: 'no', updateId: 'u', at });
    expect(await registry.recordGrading({ ...bob, updateId: 'late', grades: [grade(3)] })).toMatchObject({
      status: 'refused',
      message: expect.stringContaining('it is rejected: grades are for who decides, and come before'),
    });
    await db.destroy();
  });
});

describe('what grades come to', () => {
  it('is told for each person, with an interval', () => {
    const said = (count: number, prefers: Grade['prefers']) =>
      Array.from({ length: count }, (_, i) => grade(i, { prefers }));
    const [ada, bob] = tallies([
      grading('Ada', [...said(12, 'candidate'), ...said(3, 'other')]),
      grading('ada ', [...said(4, 'both'), ...said(1, 'neither')]),
      grading('Bob', [grade(1, { prefers: 'neither', comment: 'vague' })]),
    ]);
    expect(tallyWords(ada!)).toBe(
      'preferred the new answer in 12 of 20, the old in 3; both good in 4, neither in 1. Of the 15 with a preference 80% (95% interval 55% to 93%) for the new',
    );
    expect(bob).toMatchObject({ by: 'Bob', neither: 1, comments: [{ question: 1, comment: 'vague' }] });
    expect(bob?.share).toBeUndefined();
  });

  it('says of a judge how often it puts the same answer first, and nothing where a person has no preference', () => {
    const [one, ...more] = orderAgreements([
      grading('Ada', [
        grade(1),
        grade(2, { verdicts: verdict(0, 1) }),
        grade(3, { prefers: 'other', verdicts: verdict(0, 1) }),
        grade(4, { verdicts: verdict(1, 1) }),
        grade(5, { prefers: 'both', verdicts: verdict(0, 1) }),
        grade(6, { prefers: 'neither' }),
      ]),
    ]);
    expect(more).toEqual([]);
    expect(one).toMatchObject({
      judge: 'correctness',
      version: '1',
      preferences: 4,
      same: 2,
      opposite: 1,
      undecided: 1,
      share: { mean: 2 / 3 },
    });
  });
});
