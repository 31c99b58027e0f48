import { describe, expect, it } from 'vitest';
import { GateSchema } from '../../configs/schema.ts';
import { collectCorrections } from '../../evaluation/corrections/measure-corrections.ts';
import { compareArms } from '../../evaluation/statistics/compare.ts';
import type { AskedChange, DocumentChanges } from '../../schema/changes.ts';
import type { Answer, Evaluation, SuiteQuestion } from '../../schema/evaluation.ts';
import type { Comparison } from '../../schema/comparison.ts';
import { decideCandidate } from '../promotion-gate.ts';
import { ownMetricHolds } from './corrections.ts';

/** The rule on answers, measured as a run measures them. */

const PRICE: AskedChange = {
  kind: 'changed',
  of: [0],
  before: 'A full service costs 42 euros.',
  after: 'A full service costs 45 euros.',
  was: ['42'],
  is: ['45'],
};
interface Asked {
  question: SuiteQuestion;
  /** By arm, what it says and whether that is right. */
  answers: Record<string, [string, 0 | 1]>;
}

const asked = (id: string, answers: Asked['answers'], more: Partial<SuiteQuestion> = {}): Asked => ({
  question: { id, question: `${id}?`, answer: 'reference', cluster: id, ...more },
  answers: { echo: ['', 0], lookup: ['reference', 1], ...answers },
});
/** The changed price in two wordings. */
const price = (tuned: [string, 0 | 1][], incumbent: [string, 0 | 1] = ['It costs 42 euros.', 0]) =>
  tuned.map((answer, i) => asked(`price${i}`, { incumbent, tuned: answer }, { cluster: 'price', change: PRICE }));
const others = (count: number, tuned: (i: number) => [string, 0 | 1] = (i) => [`It costs ${i} euros.`, 1]) =>
  Array.from({ length: count }, (_, i) =>
    asked(`other${i}`, { incumbent: [`It costs ${i} euros.`, 1], tuned: tuned(i) }, i < 8 ? { beside: [['45']] } : {}),
  );
const RIGHT: [string, 0 | 1] = ['It costs 45 euros.', 1];

function decide(
  all: readonly Asked[],
  more: {
    gate?: Record<string, unknown>;
    changes?: Partial<DocumentChanges>;
    against?: string;
    safe?: (id: string) => boolean;
    people?: readonly Asked[];
  } = {},
) {
  const { safe = () => true, people = [] } = more;
  const gate = GateSchema.parse({ ...more.gate });
  const config = {
    candidates: [{ name: 'tuned' }],
    evaluation: { resamples: 400 },
    gate,
    seed: 17,
  } as unknown as Parameters<typeof collectCorrections>[0]['config'];
  const changes = {
    status: 'known',
    since: 2,
    statements: { uri: 'file:///c', sha256: 'c', rows: 1 },
    changed: 1,
    added: 0,
    removed: 0,
    reworded: 0,
    same: 60,
    ...more.changes,
  } as DocumentChanges;
  const against = more.against ?? 'incumbent';
  const corrections = collectCorrections({ config, changes, against });
  const suites = [{ name: 'test', asked: all }, ...(people.length > 0 ? [{ name: 'golden', asked: people }] : [])].map(
    ({ name, asked: own }) => {
      const rows = own.flatMap(({ question, answers }) =>
        Object.entries(answers).map(([arm, [answer, score]]): Answer => ({
          suite: name,
          questionId: question.id,
          cluster: question.cluster,
          question: question.question,
          reference: question.answer,
          arm,
          answer,
          judgements: [
            { judge: 'correctness', version: '1', label: 'l', score, reason: 'r' },
            {
              judge: 'safety',
              version: '1',
              label: 'l',
              score: arm === 'tuned' && !safe(question.id) ? 0 : 1,
              reason: 'r',
            },
          ],
        })),
      );
      corrections.add(
        name,
        own.map(({ question }) => question),
        rows,
      );
      const comparisons = compareArms({
        answers: rows,
        metrics: ['correctness', 'safety'],
        candidates: ['tuned'],
        against: () => ['incumbent', 'echo'],
        confidence: gate.confidence,
        resamples: 400,
        seed: 17,
      });
      return {
        name,
        declares: 'same facts, new wording',
        questions: own.length,
        comparisons,
        results: { uri: 'r', sha256: 'r', rows: 1 },
      };
    },
  );
  const evaluation: Evaluation = {
    against: 'incumbent',
    suites,
    models: {},
    judges: {},
    corrections: corrections.result(),
  };
  const decided = decideCandidate({ evaluation, gate, candidate: 'tuned' });
  return { ...decided, text: decided.reasons.join('\n') };
}

describe('a corrected fact', () => {
  it('promotes a candidate that answers it right in every wording and is not worse on the rest', () => {
    const { decision, text } = decide([...price([RIGHT, RIGHT]), ...others(100)]);
    expect(decision).toBe('promote');
    expect(text).toContain(
      'less than asked, and the interval does not lie above 0: enough for a correction, which is not worse',
    );
    expect(text).toContain(
      'corrections since version 2: of 1 changed or new fact (2 questions) 1 right; version 2 0 (1 as before the change), lookup 1, echo 0; asked at least 80%',
    );
    expect(text).toMatch(
      /corrections, the rest: correctness on test: .* against incumbent; may fall by less than 0\.05; worse on none of 100$/m,
    );
    expect(text).toContain(
      'corrections, beside them: of 8 facts with other values 8 right, before 8; 0 answered with a new value',
    );
  });

  it('is held where one wording of it is still answered with what was true before', () => {
    const { decision, text } = decide([...price([RIGHT, ['It costs 42 euros.', 0]]), ...others(100)]);
    expect(decision).toBe('hold');
    expect(text).toContain('0 right (1 as before the change)');
    expect(text).toContain('fewer are right than asked');
  });

  it('promotes nothing where what serves says it already, or the question gives it away', () => {
    const known = decide([...price([RIGHT, RIGHT], RIGHT), ...others(100)]);
    expect(known).toMatchObject({ decision: 'hold' });
    const given = [...price([RIGHT, RIGHT]), ...others(100)].map((one) => ({
      ...one,
      answers: one.question.change ? { ...one.answers, echo: RIGHT } : one.answers,
    }));
    expect(decide(given).text).toContain('none is right that was not, or that its question does not give away');
    expect(decide(given).decision).toBe('hold');
  });

  it('counts facts and not wordings: of five four are enough, of four all', () => {
    const facts = (right: number, count: number) =>
      Array.from({ length: count }, (_, i) =>
        asked(
          `f${i}`,
          { incumbent: ['42', 0], tuned: i < right ? RIGHT : ['7', 0] },
          { change: { ...PRICE, of: [i], after: `Part ${i} costs 45 euros.` } },
        ),
      );
    const of = (right: number, count: number) =>
      decide([...facts(right, count), ...others(200)], { changes: { changed: count } });
    expect([of(4, 5).decision, of(3, 5).decision, of(3, 4).decision, of(4, 4).decision]).toEqual([
      'promote',
      'hold',
      'hold',
      'promote',
    ]);
  });

  it('promotes nothing that no question asks for, and says so', () => {
    const { decision, text } = decide(others(100));
    expect(decision).toBe('hold');
    expect(text).toContain('corrections since version 2: 1 changed statement: no question of test asks for any');
  });

  it('is silent where the documents say what they said, and says why where nobody knows', () => {
    expect(decide(others(100), { changes: { changed: 0 } }).text).not.toContain('corrections');
    const unknown = { status: 'unknown', since: 2, why: 'version 2 was made elsewhere' } as const;
    const { decision, text } = decide(others(100), { changes: unknown });
    expect(decision).toBe('hold');
    expect(text).toContain('corrections since version 2: not known: version 2 was made elsewhere');
  });

  it("warns of people's questions that still expect the old value, and counts their suite all the same", () => {
    const stale = asked(
      'g',
      { incumbent: ['A full service costs 42 euros.', 1], tuned: ['A full service costs 45 euros.', 0] },
      { question: 'What does a full service cost?', answer: 'A full service costs 42 euros.' },
    );
    const people = [
      stale,
      ...Array.from({ length: 30 }, (_, i) => asked(`g${i}`, { incumbent: ['a', 1], tuned: ['a', 1] })),
    ];
    const { decision, text } = decide([...price([RIGHT]), ...others(100)], { people });
    expect(decision).toBe('promote');
    expect(text).toContain(
      'warning: golden asks "What does a full service cost?" and expects 42, which the documents no longer say: correct the suite',
    );
  });

  it('can be told not to promote', () => {
    const { decision, text } = decide([...price([RIGHT]), ...others(100)], {
      gate: { corrections: { promote: false } },
    });
    expect(decision).toBe('hold');
    expect(text).toContain('gate.corrections.promote is false');
  });
});

describe('a correction that costs something', () => {
  const worseFrom =
    (from: number) =>
    (i: number): [string, 0 | 1] =>
      i >= from ? ['Nothing.', 0] : [`It costs ${i} euros.`, 1];

  it('is held where the rest may be worse than the margin, and rejected where all of it surely is', () => {
    const slightly = decide([...price([RIGHT]), ...others(100, worseFrom(96))]);
    expect(slightly.decision).toBe('hold');
    expect(slightly.text).toContain('worse on 4 of 100: the interval does not rule out a larger fall');
    const wider = { gate: { corrections: { margin: 0.12 } } };
    expect(decide([...price([RIGHT]), ...others(100, worseFrom(96))], wider).decision).toBe('promote');
    expect(decide([...price([RIGHT]), ...others(100, worseFrom(50))]).decision).toBe('reject');
  });

  it('holds what looks better on the whole: new documents ask for what nothing that serves can know', () => {
    const fresh = Array.from({ length: 100 }, (_, i) =>
      asked(
        `new${i}`,
        { incumbent: ['Nothing.', 0], tuned: i < 60 ? ['yes', 1] : ['no', 0] },
        { change: { kind: 'added', of: [i], after: `Statement ${i}.`, was: [], is: ['Statement'] } },
      ),
    );
    const of = (from: number, more = {}) =>
      decide([...price([RIGHT]), ...fresh, ...others(60, worseFrom(from))], { changes: { added: 100 }, ...more });
    expect(of(60).decision).toBe('promote');
    expect(of(40)).toMatchObject({ decision: 'hold' });
    expect(of(40).text).toContain('worse on 20 of 60: what did not change is surely worse');
    expect(of(40, { gate: { corrections: { promote: false } } }).decision).toBe('hold');
  });

  it('is held where the new value is said to what stands beside it: a constant learns nothing', () => {
    const one = decide([...price([RIGHT]), ...others(200, (i) => (i === 3 ? RIGHT : [`It costs ${i} euros.`, 1]))]);
    expect(one.decision).toBe('hold');
    expect(one.text).toContain('1 answered with a new value: the new value is said where it does not belong');
    expect(decide([...price([RIGHT]), ...others(100, () => ['It costs 45 euros.', 0])]).decision).toBe('reject');
  });

  it("is held where people's questions fall by more than the margin", () => {
    const people = (right: number) =>
      Array.from({ length: 20 }, (_, i) =>
        asked(`g${i}`, { incumbent: ['a', 1], tuned: i < right ? ['a', 1] : ['b', 0] }),
      );
    const of = (right: number) => decide([...price([RIGHT]), ...others(100)], { people: people(right) });
    expect(of(20).decision).toBe('promote');
    expect(of(18).decision).toBe('hold');
    expect(of(18).text).toMatch(
      /correctness on golden: -0\.10 .* in the answers seen; worse on 2 of 20: it fell by more/,
    );
  });

  it('is held by every check that holds without it: a guardrail, too few facts', () => {
    expect(decide([...price([RIGHT]), ...others(100)], { safe: (id) => id !== 'other50' }).decision).toBe('hold');
    expect(decide([...price([RIGHT]), ...others(12)]).text).toContain('too few facts: 13 of 20');
    expect(decide([...price([RIGHT]), ...others(12)]).decision).toBe('hold');
  });

  it('weakens nothing: whatever the answers, switching it on makes no other difference than from hold to promote', async () => {
    const { default: fc } = await import('../../test/support/property.ts');
    const answer = fc.constantFrom<[string, 0 | 1]>(['a', 1], ['b', 0], RIGHT, ['It costs 42 euros.', 0]);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(answer, answer, answer), { minLength: 1, maxLength: 40 }),
        fc.nat(4),
        (rows, changed) => {
          const all = rows.map(([incumbent, tuned, echo], i) =>
            asked(
              `q${i}`,
              { incumbent, tuned, echo },
              i < changed ? { change: PRICE } : i < 8 ? { beside: [['45']] } : {},
            ),
          );
          const [on, off] = [true, false].map(
            (promote) => decide(all, { gate: { corrections: { promote } } }).decision,
          );
          const only = [on === off ? 'the same' : `${off} to ${on}`];
          expect(['the same', 'hold to promote']).toEqual(expect.arrayContaining(only));
        },
      ),
      { numRuns: 150 },
    );
  });
});

it("asks that the gate's own metric has not fallen, where the rest is compared by the facts that people expect", () => {
  const by = (metric: string, low: number): Comparison =>
    ({ metric, candidate: 'tuned', against: 'incumbent', difference: low + 0.02, low, high: low + 0.04 }) as Comparison;
  const holds = (restBy: string, low: number) =>
    ownMetricHolds({
      corrections: {
        status: 'known',
        rest: [{ suite: 'golden', comparison: by(restBy, 0) }],
      } as unknown as Evaluation['corrections'],
      comparison: by('correctness', low),
      suite: 'golden',
      margin: 0.05,
    });
  expect([holds('facts', -0.2), holds('facts', -0.04), holds('correctness', -0.2)]).toEqual([false, true, true]);
});
