import { describe, expect, it } from 'vitest';
import { improveResult, runOutcome } from '../../test/support/improve-result.ts';
import { closingText } from './closing.ts';

const { serving } = runOutcome();
const held = { status: 'held', model: 'womens-health', alias: 'production', version: 2 } as const;
const closing = (more: Partial<Parameters<typeof closingText>[0]> = {}) => closingText({ ...runOutcome(), ...more });

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
    const { dataset } = improveResult();
    const told = {
      missing: 80,
      statements: { total: 540, covered: 412 },
      warnings: ['The test split has 3 questions'],
    };
    const text = closing({ result: improveResult({ dataset: { ...dataset, ...told } }) });
    expect(text.replace(/\s+/g, ' ')).toContain('1200 kept, 80 fewer than the target, rejected: 200 grounded');
    expect(text).toContain(
      '412 of 540 statements of the documents gave a pair. The others, and why:\n  npx whetstone dataset skipped 20260101-abc\n',
    );
    expect(text).toContain('\nThe test split has 3 questions\n');
  });

  it("shows the gate's decision and why, and the version that now serves", () => {
    expect(closing()).toContain('Gate: promote tiny-sft\n  - correctness is better by 0.70\n');
    const notChosen = [
      { candidate: 'tiny-lora', decision: 'hold' as const, faults: ['facts on golden: 0.33, quoting says 0.50'] },
      { candidate: 'tiny-dpo', decision: 'promote' as const, faults: [] },
    ];
    expect(closing({ result: improveResult({ notChosen }) })).toContain(
      'by 0.70\nNot chosen: hold tiny-lora\n  - facts on golden: 0.33, quoting says 0.50\nNot chosen: tiny-dpo, which passed',
    );
    expect(closing()).toContain('Promotion: promoted: no approval is asked');
    expect(closing()).toContain('Serving: production of womens-health is version 2');
  });

  it('shows one held-out question answered by both models, where there is one', () => {
    expect(closing()).toMatch(/question +│ How long is a cycle\?/);
    expect(closing()).toMatch(/base +│ cycle cycle the/);
    expect(closing()).toMatch(/tuned +│ A cycle is 21 to 35 days\./);
    expect(closing({ result: improveResult({ sample: null }) })).not.toContain('reference');
    const source = { title: 'The cycle', place: 'page 3', text: 'A cycle is 21 to 35 days.' };
    const sample = { ...improveResult().sample!, candidate: 'a-long-name-of-one', source };
    const cited = closing({ result: improveResult({ sample }) });
    expect(cited).toMatch(/a-long-na… │ A cycle/);
    expect(cited).toMatch(/source +│ The cycle, page 3: A cycle is 21 to 35 days\./);
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
    expect(text).toContain(`npx whetstone approve ${workflowId} --by NAME --why "..."`);
    const signed = closing({ promotion: { status: 'waiting', workflowId, version: 2, signed: true } });
    expect(signed).toContain(`npx whetstone approve ${workflowId} --why "..." --sign --send`);
    expect(signed).not.toContain('--by NAME');
    expect(text).toContain('Serving: production of womens-health points at nothing yet');
  });

  it('leads to the evidence page, on a line that can be copied', () => {
    const link = 'http://127.0.0.1:8080/evidence/promote/womens-health/production/1';
    const evidence = { evaluation: 'a'.repeat(64), uri: 'file:///page.html', sha256: 'b'.repeat(64), link };
    expect(closing({ result: improveResult({ evidence }) })).toContain(`\n  ${link}\n`);
    expect(closing({})).not.toContain('Evidence');
  });

  it('says that nothing was promoted', () => {
    expect(closing({ promotion: null })).toContain('Promotion: none');
    expect(closing({ promotion: { ...held, reasons: ['nobody decided', 'it is too late'] } })).toContain(
      'Promotion: held\n  - nobody decided\n  - it is too late\n',
    );
    expect(closing()).toContain('What the figures mean: docs/how-to/read-the-figures.md\n');
    expect(closing({ promotion: { ...held, reasons: ['nobody decided'] } })).toContain(
      'Promotion: held: nobody decided',
    );
  });
});
