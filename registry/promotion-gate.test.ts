import { describe, expect, it } from 'vitest';
import fc from '../test/support/property.ts';
import type { z } from 'zod';
import { GateSchema, GuardrailSchema, RunConfigSchema, StagePolicySchema } from '../configs/schema.ts';
import type { Comparison, Evaluation } from '../schema/evaluation.ts';
import { compareArms } from '../evaluation/statistics/compare.ts';
import { decideCandidate, needsPeoplesQuestions, pickCandidate } from './promotion-gate.ts';

const gate = GateSchema.parse({});
const guard = (guardrail: z.input<typeof GuardrailSchema>) => GuardrailSchema.parse(guardrail);

function compared(metric: string, [difference, low, high]: [number, number, number], rest: Partial<Comparison> = {}) {
  const counts = { confidence: 0.95, questions: 400, clusters: 400 };
  const worse = difference < 0 ? 9 : low < 0 ? 1 : 0;
  return { metric, means: {}, candidate: 'tiny', against: 'base', difference, low, high, worse, ...counts, ...rest };
}

/** Far better than the echo, so that a test of something else need not speak of it. */
const echoed = (candidate: string, figures: [number, number, number] = [0.7, 0.6, 0.8]) =>
  compared('correctness', figures, { candidate, against: 'echo', means: { [candidate]: 0.71, echo: 0.01 } });

const evaluation = (comparisons: Comparison[], against = 'base'): Evaluation => ({
  against,
  suites: [
    {
      name: 'test',
      declares: 'same facts, new wording',
      questions: 400,
      comparisons: [
        ...comparisons,
        ...(comparisons.some(({ against: other }) => other === 'echo')
          ? []
          : [...new Set(comparisons.map(({ candidate }) => candidate))].map((name) => echoed(name))),
      ],
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
  decideCandidate({
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
        'correctness on test: +0.70 (95% interval 0.60 to 0.80) against echo (0.71, the questions repeated as statements 0.01)',
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
    expect(perhaps.reasons[1]).toMatch(/it dropped, worse on 9 of 400$/);
  });

  it('lets a guardrail drop by as much as its maxDrop allows', () => {
    const guardrails = [guard({ metric: 'safety', maxDrop: 0.1 })];
    const allowed = decide([0.4, 0.35, 0.45], [-0.05, -0.09, -0.01], { guardrails });
    expect(allowed.decision).toBe('promote');
    expect(allowed.reasons[1]).toMatch(/may drop by at most 0\.10, worse on 9 of 400$/);
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
    const guardrails = [guard({ metric: 'safety', maxDrop: 0.1 })];
    expect(decide([0.05, 0.01, 0.09], [0, -0.1, 0.1], { guardrails }).decision).toBe('promote');
    expect(decide([0.05, 0.01, 0.09], [-0.2, -0.3, -0.1], { guardrails }).decision).toBe('hold');
  });

  it('does not let floating point move a boundary', () => {
    expect(0.3 - 0.25).toBeLessThan(0.05);
    expect(decide([0.3 - 0.25, 0.01, 0.09]).decision).toBe('promote');
    const guardrails = [guard({ metric: 'safety', maxDrop: 0.1 })];
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
    const { decision, reasons } = decideCandidate({
      evaluation: evaluation(comparisons, 'incumbent'),
      gate,
      candidate: 'tiny',
    });
    expect(decision).toBe('hold');
    expect(reasons[0]).toContain('against incumbent');
  });

  it('names the known suites, metrics and candidates when one is missing', () => {
    const input = { evaluation: evaluation([compared('correctness', [0, 0, 0])]), candidate: 'tiny' };
    expect(() => decideCandidate({ ...input, gate: { ...gate, suite: 'golden' } })).toThrow(
      'gate.suite: no suite "golden" in the evaluation; known: test',
    );
    expect(() => decideCandidate({ ...input, gate: { ...gate, metric: 'safety' } })).toThrow(
      'no comparison of metric "safety" of candidate "tiny" against base on suite test; known: correctness of tiny against base',
    );
    expect(() => decideCandidate({ ...input, gate, candidate: 'other' })).toThrow('of candidate "other"');
  });

  it('refuses intervals of another confidence than it asks', () => {
    expect(() => decide([0.7, 0.6, 0.8], [0, 0, 0], { confidence: 0.99 })).toThrow(
      'gate.confidence: asked 0.99, found an interval of 0.95',
    );
  });
});

describe('picking among several candidates', () => {
  const candidate = (name: string, correctness: [number, number, number], safety: [number, number, number]) => [
    compared('correctness', correctness, { candidate: name, means: { [name]: 0.2 + correctness[0] } }),
    compared('safety', safety, { candidate: name }),
  ];
  const pick = (...comparisons: Comparison[][]) =>
    pickCandidate({
      evaluation: evaluation(comparisons.flat()),
      gate,
      candidates: comparisons.map(([first]) => first!.candidate),
    });

  it('takes the best score among those that promote, not among all', () => {
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

  it('takes the one that answers best, where each is compared with another base (F30)', () => {
    const compare = (name: string, base: number, tuned: number) => [
      compared('correctness', [tuned - base, tuned - base - 0.05, tuned - base + 0.05], {
        candidate: name,
        against: `base:${name}`,
        means: { [name]: tuned },
      }),
      compared('safety', [0, 0, 0], { candidate: name, against: `base:${name}` }),
    ];
    const { chosen, decisions } = pickCandidate({
      evaluation: {
        ...evaluation([...compare('weak', 0.1, 0.5), ...compare('strong', 0.6, 0.8)]),
        bases: { weak: 'base:weak', strong: 'base:strong' },
      },
      gate,
      candidates: ['weak', 'strong'],
    });
    expect(decisions.map(({ decision }) => decision)).toEqual(['promote', 'promote']);
    expect(chosen.candidate).toBe('strong');
    expect(chosen.reasons[0]).toContain('against base:strong');
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
    decideCandidate({
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

describe('what the gate asks besides', () => {
  const better = compared('correctness', [0.7, 0.6, 0.8], {
    means: { base: 0.01, tiny: 0.71, echo: 0.01, lookup: 0.5 },
  });
  const safe = compared('safety', [0, -0.01, 0.01], { worse: 0 });
  const decideOn = (comparisons: Comparison[], more: Partial<Parameters<typeof decideCandidate>[0]> = {}) =>
    decideCandidate({ evaluation: evaluation(comparisons), gate, candidate: 'tiny', ...more });

  it.each([
    [19, 'hold'],
    [20, 'promote'],
  ])('of %i facts it comes to %s, with 20 asked for (F4)', (clusters, decision) => {
    const few = decideOn([{ ...better, clusters }, safe]);
    expect(few.decision).toBe(decision);
    expect(few.reasons.includes('too few facts: 19 of 20 on test (gate.minClusters)')).toBe(clusters < 20);
  });

  it('rejects what is surely worse, on however few facts', () => {
    expect(decideOn([{ ...better, difference: -0.9, low: -1, high: -0.5, clusters: 8 }, safe]).decision).toBe('reject');
  });

  it.each([
    ['scores as the echo does', [0, -0.05, 0.05], 'no better than an echo'],
    ['may be no better than the echo', [0.1, -0.02, 0.22], 'not surely better than an echo'],
  ] as const)('rejects a candidate that %s, and says the figures', (_what, [difference, low, high], words) => {
    const echo = echoed('tiny', [difference, low, high]);
    const { decision, reasons } = decideOn([better, safe, echo]);
    expect(decision).toBe('reject');
    expect(reasons.join('\n')).toContain(`the questions repeated as statements 0.01): ${words}`);
    // Too few facts say nothing of that either.
    expect(decideOn([better, safe, { ...echo, clusters: 3 }].map((one) => ({ ...one, clusters: 3 }))).decision).toBe(
      'hold',
    );
  });

  it('holds an evaluation that knows no echo', () => {
    const known = evaluation([better, safe]);
    const suites = known.suites.map((suite) => ({
      ...suite,
      comparisons: suite.comparisons.filter(({ against }) => against !== 'echo'),
    }));
    expect(decideOn([], { evaluation: { ...known, suites } }).decision).toBe('hold');
  });

  it('warns where the lookup does as well, and decides nothing by it', () => {
    const { decision, reasons } = decideOn([{ ...better, means: { ...better.means, lookup: 0.74 } }, safe]);
    expect(decision).toBe('promote');
    expect(reasons.at(-1)).toBe(
      'warning: correctness on test: lookup 0.74, tiny 0.71: a search over the training questions would do as well on this suite',
    );
    expect(decideOn([better, safe]).reasons.join()).not.toContain('warning');
  });

  const golden = (comparisons: Comparison[], askedBy: 'people' | 'dataset' = 'people'): Evaluation => {
    const known = evaluation([better, safe]);
    return { ...known, suites: [...known.suites, { ...known.suites[0]!, name: 'golden', askedBy, comparisons }] };
  };

  it('warns where not one question is answered right (N4)', () => {
    const none = compared('correctness', [0, -0.02, 0.02], { means: { tiny: 0, lookup: 0 }, questions: 90 });
    expect(decideOn([], { evaluation: golden([none]) }).reasons.at(-1)).toBe(
      'warning: correctness on golden: not one of 90 questions is answered',
    );
  });

  it('warns of a search that says as many expected facts, whatever metric decides', () => {
    const facts = compared('facts', [0.2, 0.1, 0.3], {
      means: { tiny: 0.25, base: 0.05, lookup: 0.29 },
      questions: 90,
    });
    expect(decideOn([], { evaluation: golden([facts]) }).reasons.at(-1)).toBe(
      'warning: facts on golden: lookup 0.29, tiny 0.25: a search over the training questions would do as well on this suite',
    );
  });

  it('warns of answers that say what they must not, though no guardrail asks', () => {
    const said = compared('must-not', [-0.02, -0.1, 0.06], { means: { tiny: 0.95, base: 0.97 }, questions: 60 });
    const warned = (forbidden?: Record<string, number>) => {
      const evaluation = golden([said]);
      const suites = evaluation.suites.map((one) => (one.name === 'golden' && forbidden ? { ...one, forbidden } : one));
      const { decision, reasons } = decideOn([], { evaluation: { ...evaluation, suites } });
      expect(decision).toBe('promote');
      return reasons.filter((one) => one.includes('of 60 answers'));
    };
    expect(warned({ tiny: 3, base: 2 })).toEqual([
      'warning: 3 of 60 answers to golden say what they must not; of base 2: read them',
    ]);
    // What nobody can read says nothing forbidden.
    expect(warned({ tiny: 0, base: 2 })).toEqual([
      "warning: 3 of 60 answers to golden fail must-not because they can't be read; of base 0: read them",
    ]);
    expect(warned({ tiny: 1, base: 0 })).toHaveLength(2);
    expect(warned()).toEqual([
      "warning: 3 of 60 answers to golden fail must-not: they say what they must not, or can't be read; of base 2: read them",
    ]);
    const none = { ...said, means: { tiny: 1, base: 0.97 } };
    expect(decideOn([], { evaluation: golden([none]) }).reasons.join()).not.toContain('must not');
  });

  describe('of another suite, by a guardrail', () => {
    const guardrails = [guard({ suite: 'golden', metric: 'must-not' })];
    const by = (figures: [number, number, number], worse: number, how: 'interval' | 'count' = 'interval') => {
      const mustNot = compared('must-not', figures, { worse, questions: 60, clusters: 60 });
      const settings = { ...gate, guardrails: [{ ...guardrails[0]!, by: how }] };
      return decideOn([], { evaluation: golden([mustNot]), gate: settings });
    };

    it('passes where no question got worse, though no count of equal answers rules out every drop', () => {
      expect(by([0, -0.06, 0.06], 0)).toMatchObject({
        decision: 'promote',
        reasons: expect.arrayContaining([
          'guardrail must-not on golden: +0.00 (95% interval -0.06 to 0.06) against base; may not drop; worse on none of 60',
        ]) as string[],
      });
    });

    it('holds where one got worse and another better, unless it only counts', () => {
      const { decision, reasons } = by([0, -0.06, 0.06], 1);
      expect(decision).toBe('hold');
      expect(reasons[1]).toMatch(/the interval does not rule out a larger drop, worse on 1 of 60$/);
      expect(by([0, -0.06, 0.06], 1, 'count').decision).toBe('promote');
    });

    it('holds where it is said more often than by what serves, by count too', () => {
      expect(by([-0.02, -0.06, 0.02], 1, 'count').decision).toBe('hold');
      expect(by([-0.2, -0.3, -0.1], 12, 'count').decision).toBe('reject');
    });

    it('holds where the suite says nothing of the metric, where no suite does, and where the suite was not asked', () => {
      const settings = { ...gate, guardrails };
      const elsewhere = golden([compared('correctness', [0, 0, 0])]);
      elsewhere.suites[0]!.comparisons.push(compared('must-not', [0, 0, 0]));
      const notAsked = evaluation([compared('correctness', [0.5, 0.4, 0.6]), compared('must-not', [0, 0, 0])]);
      for (const one of [elsewhere, golden([]), notAsked]) {
        const { decision, reasons } = decideOn([], { evaluation: one, gate: settings });
        expect(decision).not.toBe('promote');
        expect(reasons[1]).toBe('guardrail must-not on golden: no question there says anything of it');
      }
    });
  });

  describe('of people', () => {
    it('holds where no suite has questions that people wrote, and says what can be done', () => {
      const { decision, reasons } = decideOn([better, safe], { askPeople: true });
      expect(decision).toBe('hold');
      expect(reasons.join()).toContain(
        'no suite has questions that people wrote; add a suite file to evaluation.suites',
      );
      expect(decideOn([], { evaluation: golden([toEcho('correctness', 0.1)]), askPeople: true }).decision).toBe(
        'promote',
      );
      expect(decideOn([], { evaluation: golden([], 'dataset'), askPeople: true }).decision).toBe('hold');
    });

    const toEcho = (metric: string, tuned: number, echo = 0) =>
      compared(metric, [tuned - echo, -0.1, 0.3], { against: 'echo', means: { tiny: tuned, echo }, questions: 8 });

    it('holds where they are answered no better than by an echo of them, however well generated ones are', () => {
      const asked = (...comparisons: Comparison[]) =>
        decideOn([], { evaluation: golden(comparisons), askPeople: true });
      const { decision, reasons } = asked(toEcho('correctness', 0.9), toEcho('facts', 0));
      expect(decision).toBe('hold');
      expect(reasons.join()).toContain(
        "people's questions: facts on golden 0.00, an echo of them 0.00: no better than an echo; train on what people ask",
      );
      expect(asked(toEcho('facts', 0.05)).decision).toBe('promote');
      expect(asked(toEcho('facts', 0.05, 0.05)).decision).toBe('hold');
      expect(asked(toEcho('correctness', 0)).decision).toBe('hold');
      expect(asked().reasons.join()).toContain('golden was not put to the echo');
      expect(decideOn([], { evaluation: golden([toEcho('facts', 0)]) }).decision).toBe('promote');
    });

    it.each([
      ['by default', {}, {}, true],
      ['unless the run asks for an approval', { promote: { approvals: 1 } }, {}, false],
      ['unless the policy does', {}, { approvals: 1 }, false],
      ['unless the config allows it', { gate: { withoutPeoplesQuestions: 'allow' } }, {}, false],
      ["where the alias's policy asks for the gate's yes", {}, { evidence: ['evaluation'] }, false],
    ] as const)('needs them %s', (_when, config, policy, needed) => {
      const run = RunConfigSchema.parse({ name: 'demo', documents: 'docs', ...config });
      expect(needsPeoplesQuestions(run, StagePolicySchema.parse(policy))).toBe(needed);
    });
  });

  it('holds where a judge was measured on a few labels', () => {
    const calibrations = [
      { judge: 'correctness', version: 'v2', kappa: 1, labels: 5 },
      { judge: 'safe', version: 'v1', kappa: 1, labels: 80 },
    ];
    const { decision, reasons } = decideOn([better, safe], { gate: { ...gate, minKappa: 0.6 }, calibrations });
    expect(decision).toBe('hold');
    expect(reasons.join('\n')).toContain(
      'kappa 1.00 with people on 5 labels; asked at least 0.6 on 20 labels: too few',
    );
  });
});

describe('one fact in three wordings (F4)', () => {
  it('is held, with an interval that rules out nothing', () => {
    const arms = { base: 0, tuned: 1, echo: 0, lookup: 1 };
    const answers = Object.entries(arms).flatMap(([arm, score]) =>
      ['What does it hold?', 'Tell me what it holds.'].map((question, i) => ({
        suite: 'test',
        questionId: `q${i}`,
        cluster: 'blue',
        question,
        reference: 'Two litres.',
        arm,
        answer: 'Two litres.',
        judgements: ['correctness', 'safety'].map((judge) => ({ judge, version: '1', label: '', score, reason: '' })),
      })),
    );
    const { confidence } = gate;
    const comparisons = compareArms({
      answers,
      metrics: ['correctness', 'safety'],
      candidates: ['tuned'],
      against: () => ['base', 'echo'],
      confidence,
      resamples: 2000,
      seed: 17,
    });
    const { decision, reasons } = decideCandidate({ evaluation: evaluation(comparisons), gate, candidate: 'tuned' });
    expect(decision).toBe('hold');
    expect(reasons[0]).toContain('+1.00 (95% interval -1.00 to 1.00)');
    expect(reasons).toContain('too few facts: 1 of 20 on test (gate.minClusters)');
  });
});

describe('whatever was answered', () => {
  const arms = ['base', 'tuned', 'echo', 'lookup'];
  const often = fc.constantFrom(true, true, true, false);
  const seldom = fc.constantFrom(false, false, false, true);
  /** For each fact one to three questions, and for each which arm answers right, and whether the tuned one does so safely. */
  const suite = fc.array(
    fc.array(fc.record({ right: fc.tuple(seldom, often, seldom, often), safe: fc.nat(40) }), {
      minLength: 1,
      maxLength: 3,
    }),
    { minLength: 1, maxLength: 40, size: 'max' },
  );

  it('what is promoted has facts enough, is better than base and echo, and no fact in all is less safe', () => {
    let promoted = 0;
    fc.assert(
      fc.property(suite, (facts) => {
        const answers = facts.flatMap((questions, fact) =>
          questions.flatMap(({ right, safe }, i) =>
            arms.map((arm, at) => {
              const judged = { correctness: Number(right[at]), safety: Number(arm !== 'tuned' || safe > 0) };
              return {
                suite: 'test',
                questionId: `${fact}/${i}`,
                cluster: `f${fact}`,
                question: '?',
                reference: 'r',
                arm,
                answer: 'a',
                judgements: Object.entries(judged).map(([judge, score]) => ({
                  judge,
                  version: '1',
                  label: '',
                  score,
                  reason: '',
                })),
              };
            }),
          ),
        );
        const comparisons = compareArms({
          answers,
          metrics: ['correctness', 'safety'],
          candidates: ['tuned'],
          against: () => ['base', 'echo'],
          confidence: gate.confidence,
          resamples: 200,
          seed: 17,
        });
        const { decision } = decideCandidate({ evaluation: evaluation(comparisons), gate, candidate: 'tuned' });
        if (decision !== 'promote') return;
        promoted += 1;
        const { means, clusters } = comparisons[0]!;
        expect(clusters).toBeGreaterThanOrEqual(gate.minClusters);
        expect(means.tuned).toBeGreaterThan(Math.max(means.base!, means.echo!));
        expect(comparisons.find(({ metric }) => metric === 'safety')?.worse).toBe(0);
      }),
      { seed: 5, numRuns: 200 },
    );
    expect(promoted).toBeGreaterThan(0);
  });
});
