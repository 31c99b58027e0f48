import { describe, expect, it } from 'vitest';
import { ImproveResultSchema, type ImproveResult } from '../../contract/messages.ts';
import { closingText, runReport, type Promotion } from './closing.ts';

const SHA = 'a'.repeat(64);

const comparison = (metric: string, difference: number) => ({
  metric,
  means: { base: 0.02, 'tiny-sft': 0.02 + difference, echo: 0.01, lookup: 0.55 },
  candidate: 'tiny-sft',
  against: 'base',
  difference,
  low: difference - 0.05,
  high: difference + 0.05,
  confidence: 0.95,
  questions: 300,
  clusters: 300,
});

const result = (more: Partial<ImproveResult> = {}): ImproveResult =>
  ImproveResultSchema.parse({
    runId: 'run-1',
    config: 'configs/quickstart.yaml',
    configHash: SHA,
    model: 'womens-health',
    dataset: {
      uri: 'file:///datasets/womens-health/20260101',
      version: '20260101-abc',
      sha256: SHA,
      generated: 1500,
      kept: 1200,
      rejected: { grounded: 200, safe: 100 },
    },
    candidates: [
      { name: 'tiny-sft', modelUri: 'file:///models/tiny-sft', modelSha256: SHA, trainSeconds: 81.4, finalLoss: 0.1 },
    ],
    evaluation: {
      against: 'base',
      suites: [
        {
          name: 'test',
          declares: 'same facts, new wording',
          questions: 300,
          comparisons: [comparison('correctness', 0.7), comparison('safety', 0.1)],
          results: { uri: 'file:///results/test.parquet', sha256: SHA, rows: 900 },
        },
      ],
      models: { base: SHA, 'tiny-sft': SHA },
      judges: {},
    },
    gate: { decision: 'promote', suite: 'test', candidate: 'tiny-sft', reasons: ['correctness is better by 0.70'] },
    sample: {
      question: 'How long is a cycle?',
      reference: '21 to 35 days.',
      base: 'cycle cycle the',
      tuned: 'A cycle is 21 to 35 days.',
    },
    promotion: { workflowId: 'promote/womens-health/production/1', version: 2 },
    ledger: { hits: 3, misses: 57, tokens: 4100, costUsd: 0.0123 },
    seconds: { documents: 0.6, training: 81.9 },
    ...more,
  });

const promoted: Promotion = {
  status: 'promoted',
  model: 'womens-health',
  alias: 'production',
  version: 2,
  reasons: ['no approval is asked'],
};
const serving = { model: 'womens-health', alias: 'production', version: 2 };
const closing = (more: Partial<Parameters<typeof closingText>[0]> = {}) =>
  closingText({ result: result(), promotion: promoted, serving, totalSeconds: 123.4, ...more });

describe('the closing text', () => {
  it.each([80, 100])('fits a terminal of %i columns in every line (N5)', (width) => {
    const lines = closing({ width }).split('\n');
    expect(lines.filter((line) => /[│─]/.test(line)).length).toBeGreaterThan(10);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
  });

  it('shows base against tuned with the interval, and echo and lookup beside them', () => {
    expect(closing()).toMatch(/correctness\s+│ 0\.02 │ 0\.01 │ 0\.55\s+│ 0\.72\s+│ \+0\.70 \(\+0\.65 to \+0\.75\)/);
    expect(closing()).toContain('95% interval');
  });

  it('accounts for every question that was generated', () => {
    expect(closing({ width: 200 })).toContain(
      'womens-health: dataset 20260101-abc, 1500 generated, 1200 kept, rejected: 200 grounded, 100 safe',
    );
  });

  it('says how many the target lacks, what of the documents gave no pair, and what to know of the test split (N1)', () => {
    const { dataset } = result();
    const told = {
      missing: 80,
      statements: { total: 540, covered: 412 },
      warnings: ['The test split has 3 questions'],
    };
    const text = closing({ result: result({ dataset: { ...dataset, ...told } }) });
    expect(text.replace(/\s+/g, ' ')).toContain('1200 kept, 80 fewer than the target, rejected: 200 grounded');
    expect(text).toContain(
      '412 of 540 statements of the documents gave a pair. The others, and why:\n  npx whetstone dataset skipped 20260101-abc\n',
    );
    expect(text).toContain('\nThe test split has 3 questions\n');
  });

  it("shows the gate's decision and why, and the version that now serves", () => {
    expect(closing()).toContain('Gate: promote tiny-sft\n  - correctness is better by 0.70\n');
    expect(closing()).toContain('Promotion: promoted: no approval is asked');
    expect(closing()).toContain('Serving: production of womens-health is version 2');
  });

  it('shows one held-out question answered by both models, where there is one', () => {
    expect(closing()).toMatch(/question +│ How long is a cycle\?/);
    expect(closing()).toMatch(/base +│ cycle cycle the/);
    expect(closing()).toMatch(/tuned +│ A cycle is 21 to 35 days\./);
    expect(closing({ result: result({ sample: null }) })).not.toContain('reference');
  });

  it('says how long it took, and what the ledger saved', () => {
    expect(closing({ width: 200 })).toContain('Took 123 s (documents 0.6, training 81.9).');
    expect(closing({ width: 200 })).toContain(
      'Ledger: 3 calls answered from earlier runs, 57 made (4100 tokens, 0.0123 USD).',
    );
  });

  it('tells who must decide a promotion that waits, and how', () => {
    const workflowId = 'promote/womens-health/production/1';
    const text = closing({
      promotion: { status: 'waiting', workflowId, version: 2 },
      serving: { ...serving, version: null },
    });
    expect(text).toContain('version 2 waits for approval');
    expect(text).toContain(`npx whetstone approve ${workflowId} --by NAME --why REASON`);
    expect(text).toContain('Serving: production of womens-health points at nothing yet');
  });

  it('says that nothing was promoted', () => {
    expect(closing({ promotion: null })).toContain('Promotion: none');
    expect(closing({ promotion: { ...promoted, status: 'held', reasons: ['nobody decided'] } })).toContain(
      'Promotion: held: nobody decided',
    );
  });
});

/** Every path of a value; entries of a list share one, and names that the run chose are shown as `<name>`. */
function paths(value: unknown, prefix = ''): string[] {
  if (typeof value !== 'object' || value === null) return [prefix];
  const isChosen = ['dataset.rejected', 'suites[].metrics', 'seconds'].includes(prefix);
  const inner = Array.isArray(value)
    ? value.flatMap((entry) => paths(entry, `${prefix}[]`))
    : Object.entries(value).flatMap(([name, entry]) =>
        paths(entry, `${prefix}${prefix ? '.' : ''}${isChosen ? '<name>' : name}`),
      );
  return [...new Set(inner)];
}

describe('the report', () => {
  const report = runReport({ result: result(), promotion: promoted, serving, totalSeconds: 123.4 });

  it('has exactly the documented fields', () => {
    expect(paths(report)).toEqual([
      'runId',
      'config',
      'dataset.uri',
      'dataset.version',
      'dataset.sha256',
      'dataset.generated',
      'dataset.kept',
      'dataset.rejected.<name>',
      'candidates[].name',
      'candidates[].modelUri',
      'candidates[].modelSha256',
      'candidates[].trainSeconds',
      'suites[].name',
      'suites[].questions',
      'suites[].meaning',
      'suites[].metrics.<name>.base',
      'suites[].metrics.<name>.tuned',
      'suites[].metrics.<name>.echo',
      'suites[].metrics.<name>.lookup',
      'suites[].metrics.<name>.difference',
      'suites[].metrics.<name>.low',
      'suites[].metrics.<name>.high',
      'suites[].results',
      'gate.suite',
      'gate.decision',
      'gate.candidate',
      'gate.reasons[]',
      'promotion.status',
      'promotion.version',
      'promotion.reasons[]',
      'deployment.model',
      'deployment.alias',
      'deployment.version',
      'ledger.hits',
      'ledger.misses',
      'ledger.tokens',
      'ledger.costUsd',
      'seconds.<name>',
    ]);
  });

  it('survives JSON as it is', () => {
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('names the file of results, and counts the whole time', () => {
    expect(report.suites[0]?.results).toBe('file:///results/test.parquet');
    expect(report.seconds).toEqual({ documents: 0.6, training: 81.9, total: 123.4 });
  });

  it.each([
    ['nothing was promoted', null, { status: 'none', version: null, reasons: [] }],
    [
      'people must decide',
      { status: 'waiting', workflowId: 'promote/m/production/1', version: 2 },
      { status: 'waiting', version: 2, reasons: [] },
    ],
    ['it was promoted', promoted, { status: 'promoted', version: 2, reasons: ['no approval is asked'] }],
  ] as const)('says what became of the promotion when %s', (_when, promotion, expected) => {
    expect(
      runReport({ result: result(), promotion: promotion as Promotion, serving, totalSeconds: 1 }).promotion,
    ).toEqual(expected);
  });
});
