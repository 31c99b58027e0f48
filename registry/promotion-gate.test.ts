import { describe, expect, it } from 'vitest';
import { GateSchema } from '../configs/schema.ts';
import type { Comparison, Evaluation } from '../evaluation/types.ts';
import { decideGate, pickCandidate } from './promotion-gate.ts';

const gate = GateSchema.parse({});

function compared(metric: string, [difference, low, high]: [number, number, number], rest: Partial<Comparison> = {}) {
  const counts = { confidence: 0.95, questions: 400, clusters: 400 };
  return { metric, means: {}, candidate: 'tiny', against: 'base', difference, low, high, ...counts, ...rest };
}

const evaluation = (comparisons: Comparison[], against = 'base'): Evaluation => ({
  against,
  suites: [
    {
      name: 'test',
      declares: 'same facts, new wording',
      questions: 400,
      comparisons,
      results: { uri: 'file:///results.parquet', sha256: 'aa', rows: 800 },
    },
  ],
  models: {},
  judges: { correctness: { name: 'correctness', version: 'v2' }, safety: { name: 'safe', version: 'v1' } },
});

const decide = (
  correctness: [number, number, number],
  safety: [number, number, number] = [0, 0, 0],
  settings: Partial<typeof gate> = {},
) =>
  decideGate({
    evaluation: evaluation([compared('correctness', correctness), compared('safety', safety)]),
    gate: { ...gate, ...settings },
    candidate: 'tiny',
  });

describe('the gate', () => {
  it('promotes a candidate that is better and no less safe, in words with numbers', () => {
    expect(decide([0.71, 0.66, 0.76], [0.2, 0.1, 0.3])).toEqual({
      decision: 'promote',
      suite: 'test',
      candidate: 'tiny',
      reasons: [
        'correctness on test: +0.71 (95% interval 0.66 to 0.76) against base; asked at least +0.05',
        'guardrail safety on test: +0.20 (95% interval 0.10 to 0.30) against base; may not drop',
      ],
    });
  });

  it('holds a candidate that trained for 3 steps: a small difference whose interval includes zero', () => {
    const { decision, reasons } = decide([0.004, -0.006, 0.014]);
    expect(decision).toBe('hold');
    expect(reasons[0]).toBe(
      'correctness on test: +0.004 (95% interval -0.006 to 0.014) against base; asked at least +0.05: ' +
        'less than asked, and the interval does not lie above 0',
    );
  });

  it('holds a candidate identical to the incumbent', () => {
    expect(decide([0, 0, 0]).decision).toBe('hold');
    expect(decide([0, 0, 0], [0, 0, 0], { minUplift: 0 }).decision).toBe('hold');
  });

  it('keeps the incumbent when the interval includes zero, however large the difference', () => {
    const { decision, reasons } = decide([0.3, -0.01, 0.6]);
    expect(decision).toBe('hold');
    expect(reasons[0]).toMatch(/: the interval does not lie above 0$/);
  });

  it('does not promote a candidate that is better on correctness and worse on safety', () => {
    const surely = decide([0.4, 0.35, 0.45], [-0.2, -0.25, -0.15]);
    expect(surely.decision).toBe('reject');
    expect(surely.reasons[1]).toBe(
      'guardrail safety on test: -0.20 (95% interval -0.25 to -0.15) against base; may not drop: it dropped by more',
    );
    const perhaps = decide([0.4, 0.35, 0.45], [-0.01, -0.03, 0.01]);
    expect(perhaps.decision).toBe('hold');
    expect(perhaps.reasons[1]).toMatch(/the interval does not rule out a larger drop$/);
  });

  it('lets a guardrail drop by as much as its maxDrop allows', () => {
    const guardrails = [{ metric: 'safety', maxDrop: 0.1 }];
    const allowed = decide([0.4, 0.35, 0.45], [-0.05, -0.09, -0.01], { guardrails });
    expect(allowed.decision).toBe('promote');
    expect(allowed.reasons[1]).toMatch(/may drop by at most 0\.10$/);
    expect(decide([0.4, 0.35, 0.45], [-0.15, -0.2, -0.11], { guardrails }).decision).toBe('reject');
    expect(decide([0.4, 0.35, 0.45], [-0.09, -0.12, -0.06], { guardrails }).decision).toBe('hold');
  });

  it('rejects a candidate that is surely worse on the metric', () => {
    const { decision, reasons } = decide([-0.1, -0.15, -0.05]);
    expect(decision).toBe('reject');
    expect(reasons[0]).toMatch(/worse, the whole interval is below 0$/);
  });

  it('takes the boundaries as written: at least for uplift and drop, above for the lower bound', () => {
    expect(decide([0.05, 0.01, 0.09], [0, 0, 0]).decision).toBe('promote');
    expect(decide([0.049, 0.01, 0.09]).decision).toBe('hold');
    expect(decide([0.05, 0, 0.09]).decision).toBe('hold');
    expect(decide([-0.1, -0.2, 0]).decision).toBe('hold');
    const guardrails = [{ metric: 'safety', maxDrop: 0.1 }];
    expect(decide([0.05, 0.01, 0.09], [0, -0.1, 0.1], { guardrails }).decision).toBe('promote');
    expect(decide([0.05, 0.01, 0.09], [-0.2, -0.3, -0.1], { guardrails }).decision).toBe('hold');
  });

  it('does not let floating point move a boundary', () => {
    expect(0.3 - 0.25).toBeLessThan(0.05);
    expect(decide([0.3 - 0.25, 0.01, 0.09]).decision).toBe('promote');
    const guardrails = [{ metric: 'safety', maxDrop: 0.1 }];
    expect(decide([0.2, 0.1, 0.3], [0, 0.2 - 0.3 - 1e-16, 0.1], { guardrails }).decision).toBe('promote');
    expect(decide([0.2, 1e-17, 0.3]).decision).toBe('hold');
    expect(decide([0, -1e-17, -1e-17]).decision).toBe('hold');
  });

  it('compares with the incumbent where one serves', () => {
    const comparisons = [
      compared('correctness', [0.7, 0.6, 0.8]),
      compared('correctness', [0.01, -0.02, 0.04], { against: 'incumbent' }),
      compared('safety', [0, 0, 0]),
      compared('safety', [0, 0, 0], { against: 'incumbent' }),
    ];
    const { decision, reasons } = decideGate({
      evaluation: evaluation(comparisons, 'incumbent'),
      gate,
      candidate: 'tiny',
    });
    expect(decision).toBe('hold');
    expect(reasons[0]).toContain('against incumbent');
  });

  it('names the known suites, metrics and candidates when one is missing', () => {
    const input = { evaluation: evaluation([compared('correctness', [0, 0, 0])]), candidate: 'tiny' };
    expect(() => decideGate({ ...input, gate: { ...gate, suite: 'golden' } })).toThrow(
      'gate.suite: no suite "golden" in the evaluation; known: test',
    );
    expect(() => decideGate({ ...input, gate })).toThrow(
      'no comparison of metric "safety" of candidate "tiny" against base on suite test; known: correctness of tiny against base',
    );
    expect(() => decideGate({ ...input, gate, candidate: 'other' })).toThrow('of candidate "other"');
  });

  it('refuses intervals of another confidence than it asks', () => {
    expect(() => decide([0.7, 0.6, 0.8], [0, 0, 0], { confidence: 0.99 })).toThrow(
      'gate.confidence: asked 0.99, found an interval of 0.95',
    );
  });
});

describe('picking among several candidates', () => {
  const candidate = (name: string, correctness: [number, number, number], safety: [number, number, number]) => [
    compared('correctness', correctness, { candidate: name }),
    compared('safety', safety, { candidate: name }),
  ];
  const pick = (...comparisons: Comparison[][]) =>
    pickCandidate({
      evaluation: evaluation(comparisons.flat()),
      gate,
      candidates: comparisons.map(([first]) => first!.candidate),
    });

  it('takes the largest difference among those that promote, not among all', () => {
    const { chosen, decisions } = pick(
      candidate('good', [0.4, 0.3, 0.5], [0, 0, 0]),
      candidate('better', [0.5, 0.4, 0.6], [0, 0, 0]),
      candidate('unsafe', [0.9, 0.8, 1], [-0.3, -0.4, -0.2]),
    );
    expect(chosen).toMatchObject({ candidate: 'better', decision: 'promote' });
    expect(decisions.map(({ decision }) => decision)).toEqual(['promote', 'promote', 'reject']);
  });

  it('gives the best one with its hold or reject when none promotes', () => {
    const { chosen } = pick(
      candidate('worse', [-0.2, -0.3, -0.1], [0, 0, 0]),
      candidate('same', [0.01, -0.01, 0.03], [0, 0, 0]),
    );
    expect(chosen).toMatchObject({ candidate: 'same', decision: 'hold' });
  });

  it('takes the first of equals', () => {
    const { chosen } = pick(candidate('b', [0.4, 0.3, 0.5], [0, 0, 0]), candidate('a', [0.4, 0.3, 0.5], [0, 0, 0]));
    expect(chosen.candidate).toBe('b');
  });

  it('refuses to pick among none', () => {
    expect(() => pickCandidate({ evaluation: evaluation([]), gate, candidates: [] })).toThrow('no candidates');
  });
});

describe('a gate that asks for calibrated judges', () => {
  const known = (judge: string, version: string, kappa: number) => ({ judge, version, kappa, labels: 80 });
  const decideWith = (calibrations: ReturnType<typeof known>[]) =>
    decideGate({
      evaluation: evaluation([compared('correctness', [0.7, 0.6, 0.8]), compared('safety', [0, 0, 0])]),
      gate: { ...gate, minKappa: 0.6 },
      candidate: 'tiny',
      calibrations,
    });

  it('promotes when the judge of each deciding metric agrees with people, in the version that judged', () => {
    const { decision, reasons } = decideWith([known('correctness', 'v2', 0.8), known('safe', 'v1', 0.6)]);
    expect(decision).toBe('promote');
    expect(reasons).toContain(
      'judge of correctness, correctness version v2: kappa 0.80 with people on 80 labels; asked at least 0.6',
    );
  });

  it.each([
    [[], /judge of safety, safe version v1: not calibrated; calibrate it: npx whetstone judges calibrate safety/],
    [[known('safe', 'v0', 0.9)], /safe version v1: not calibrated, only version v0 was/],
    [[known('safe', 'v1', 0.4)], /safe version v1: kappa 0\.40 with people on 80 labels; asked at least 0\.6/],
  ])('holds when one is not calibrated enough', (calibrations, reason) => {
    const { decision, reasons } = decideWith([known('correctness', 'v2', 0.8), ...calibrations]);
    expect(decision).toBe('hold');
    expect(reasons.join('\n')).toMatch(reason);
  });
});
