import { describe, expect, it } from 'vitest';
import { promoted, runOutcome } from '../test/support/improve-result.ts';
import type { PromotionStanding } from './run-outcome.ts';
import { runReport } from './run-report.ts';

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
  const report = runReport(runOutcome());

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
    expect(runReport(runOutcome({ promotion: promotion as PromotionStanding })).promotion).toEqual(expected);
  });
});
