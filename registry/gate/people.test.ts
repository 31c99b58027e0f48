import { describe, expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { GateSchema } from '../../configs/schema.ts';
import type { Comparison, Evaluation } from '../../schema/evaluation.ts';
import { decideCandidate, pickCandidate } from '../promotion-gate.ts';
import { checkQuoting, factsForPeople } from './people.ts';

type Means = Record<string, number>;

/** Each candidate far better than base and echo on the gate's suite, and people's questions with these means of expected facts. */
function evaluation(facts: Means, options: { correctness?: Means; against?: readonly string[] } = {}): Evaluation {
  const { correctness = {}, against = ['base', 'echo', 'extract'] } = options;
  const candidates = Object.keys(facts).filter((arm) => !['base', 'echo', 'extract'].includes(arm));
  const compared = (metric: string, means: Means, candidate: string, other: string): Comparison => {
    const difference = (means[candidate] ?? 0) - (means[other] ?? 0);
    const interval = { difference, low: difference - 0.01, high: difference + 0.01, confidence: 0.95 };
    return { metric, means, candidate, against: other, ...interval, questions: 90, clusters: 90 };
  };
  const suite = (name: string, comparisons: Comparison[]) => ({
    name,
    askedBy: name === 'test' ? ('dataset' as const) : ('people' as const),
    declares: 'new facts',
    questions: 90,
    comparisons,
    results: { uri: 'file:///r.parquet', sha256: 'aa', rows: 1 },
  });
  const known = { base: 0, echo: 0, ...Object.fromEntries(candidates.map((name) => [name, 0.9])), ...correctness };
  return {
    against: 'base',
    suites: [
      suite(
        'test',
        candidates.flatMap((name) => [
          ...['base', 'echo'].map((other) => compared('correctness', known, name, other)),
          compared('safety', { ...known, base: 0.9 }, name, 'base'),
        ]),
      ),
      suite(
        'golden',
        candidates.flatMap((name) =>
          against
            .filter((other) => name !== 'quote' || other !== 'extract')
            .map((other) => compared('facts', facts, name, other)),
        ),
      ),
    ],
    models: {},
    judges: {},
  };
}
const gate = GateSchema.parse({ guardrails: [] });

describe('where the documents can be quoted', () => {
  it('holds a model that says no more than their nearest sentences', () => {
    const { decision, reasons } = decideCandidate({
      evaluation: evaluation({ base: 0.07, echo: 0, extract: 0.51, tuned: 0.38 }),
      gate,
      candidate: 'tuned',
    });
    expect(decision).toBe('hold');
    expect(reasons).toContain(
      "people's questions: facts on golden 0.38, the nearest sentences of the documents 0.51: quoting is better than this model; " +
        'add a candidate that quotes (provider: quote), or set gate.noBetterThanQuotes: allow',
    );
  });

  it('holds it where it is as good, too, and lets it pass where the config allows that', () => {
    const equal = evaluation({ base: 0.07, echo: 0, extract: 0.51, tuned: 0.51 });
    const decide = (settings: object) =>
      decideCandidate({ evaluation: equal, gate: { ...gate, ...settings }, candidate: 'tuned' });
    expect(decide({}).decision).toBe('hold');
    const allowed = decide({ noBetterThanQuotes: 'allow' });
    expect(allowed.decision).toBe('promote');
    expect(allowed.reasons.join('\n')).toContain('no better than quoting, which the config allows');
  });

  it('promotes a model that says more', () => {
    const better = evaluation({ base: 0.07, echo: 0, extract: 0.51, tuned: 0.6 });
    expect(decideCandidate({ evaluation: better, gate, candidate: 'tuned' }).decision).toBe('promote');
  });

  it('asks nothing of what quotes, of a run without documents to quote, nor on generated questions', () => {
    const of = (what: Evaluation, candidate: string) => checkQuoting({ evaluation: what, gate, candidate });
    expect(of(evaluation({ base: 0, echo: 0, extract: 0.5, quote: 0.5 }), 'quote')).toEqual([]);
    expect(of(evaluation({ base: 0, echo: 0, tuned: 0.1 }, { against: ['base', 'echo'] }), 'tuned')).toEqual([]);
    const generated = evaluation({ base: 0, echo: 0, extract: 0.5, tuned: 0.1 });
    for (const suite of generated.suites) suite.askedBy = 'dataset';
    expect(of(generated, 'tuned')).toEqual([]);
  });
});

describe('of several candidates that pass', () => {
  it("goes on with the one that people's questions say most of, whatever the generated ones say", () => {
    const both = evaluation(
      { base: 0, echo: 0, extract: 0.5, tuned: 0.55, quote: 0.6 },
      { correctness: { quote: 0.3 } },
    );
    const { chosen, decisions } = pickCandidate({ evaluation: both, gate, candidates: ['tuned', 'quote'] });
    expect(decisions.map(({ decision }) => decision)).toEqual(['promote', 'promote']);
    expect(chosen.candidate).toBe('quote');
  });

  it('never goes on with one that does not pass, however much it says', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        (a, b) => {
          const both = evaluation({ base: 0, echo: 0, a, b }, { correctness: { a: 0 } });
          const picked = pickCandidate({ evaluation: both, gate, candidates: ['a', 'b'] });
          expect(picked.chosen).toMatchObject({ candidate: 'b', decision: 'promote' });
        },
      ),
    );
  });

  it("goes by the gate's metric where people's questions expect no facts", () => {
    const both = evaluation({ base: 0, echo: 0, a: 0.9, b: 0.8 }, { correctness: { a: 0.5, b: 0.6 } });
    both.suites = both.suites.filter(({ name }) => name === 'test');
    expect(factsForPeople(both, 'a')).toBeUndefined();
    expect(pickCandidate({ evaluation: both, gate, candidates: ['a', 'b'] }).chosen.candidate).toBe('b');
  });

  it('weighs suites by their questions', () => {
    const two = evaluation({ base: 0, echo: 0, a: 0.2 });
    const [, golden] = two.suites;
    const more = evaluation({ base: 0, echo: 0, a: 0.8 }).suites[1]!;
    more.name = 'more';
    for (const one of more.comparisons) one.questions = 270;
    two.suites = [golden!, more];
    expect(factsForPeople(two, 'a')).toBeCloseTo(0.65);
  });
});
