import { describe, expect, it } from 'vitest';
import { describePromotion, describeRun } from './details.ts';
import { STAGE_NAMES, type PromoteInput, type PromotionProgress, type RunProgress } from '../contract/messages.ts';

const progress = (more: Partial<RunProgress> = {}): RunProgress => ({
  model: 'womens-health',
  stages: STAGE_NAMES.map((name) => ({ name, status: 'waiting', summary: '' })),
  generation: { tasks: 40, tasksDone: 24, questions: 300, corrected: 0, kept: 180, rejected: {} },
  ...more,
});

/** Cells of each table row, split where a reader of markdown would. */
const rows = (markdown: string) =>
  markdown
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)(?:\\\\)*\|/)
        .map((cell) => cell.trim()),
    );

describe('the page of a run', () => {
  it('has a row for each stage, with what came of it and how long it took', () => {
    const stages = progress().stages.with(1, {
      name: 'documents',
      status: 'done',
      summary: '44 documents, 60 chunks',
      seconds: 1.234,
    });
    const page = describeRun(progress({ stages }));
    expect(rows(page)).toHaveLength(2 + STAGE_NAMES.length);
    expect(rows(page)).toContainEqual(['Read and chunk the documents', 'done', '1.2 s', '44 documents, 60 chunks']);
    expect(page).toContain('## Improving womens-health');
  });

  it('keeps a summary in its cell, whatever it holds', () => {
    const summary = 'a|b\nc \\| d';
    const stages = progress().stages.with(0, { name: 'config', status: 'done', summary });
    const row = rows(describeRun(progress({ stages })))[2];
    expect(row).toEqual(['Read the config', 'done', '', 'a\\|b c \\\\\\| d']);
  });

  it('says what was generated, kept and rejected, and by what reasons', () => {
    expect(describeRun(progress())).toContain('300 questions from 24 of 40 passages; 180 kept.');
    const generation = { ...progress().generation, rejected: { grounded: 15, safe: 5 } };
    expect(describeRun(progress({ generation }))).toContain('180 kept, rejected: 15 grounded, 5 safe.');
  });

  it('says what failed and was left out, what could not be read, and what to look at (F9, F34)', () => {
    const first = [{ where: 'document d, passage d#1', reason: 'refused' as const, why: 'HTTP 400: no' }];
    const failures = [{ what: 'passages', tried: 40, failed: 1, reasons: { refused: 1 }, first }];
    const generation = { ...progress().generation, unreadable: 12 };
    const page = describeRun(progress({ failures, generation, warnings: ['openai/small as teacher: ...'] }));
    expect(page).toContain('180 kept; 12 replies could not be read.');
    expect(page).toContain(
      '**Failed, and left out:** 1 of 40 passages failed: 1 refused. It was document d, passage d#1',
    );
    expect(page).toContain('**Look at:** openai/small as teacher');
  });

  it('names the promotion once there is one', () => {
    expect(describeRun(progress())).not.toContain('promotion goes on');
    expect(describeRun(progress({ promotionId: 'promote/m/production/1' }))).toContain('`promote/m/production/1`');
  });
});

describe('the page of a promotion', () => {
  const input: PromoteInput = {
    model: 'womens-health',
    version: 3,
    alias: 'production',
    incumbentVersion: 2,
    baseVersion: 1,
    approvals: 2,
    expiresAfterMs: 3_600_000,
    gate: { decision: 'promote', suite: 'test', candidate: 'tiny-sft', reasons: ['better by 0.6', 'no less safe'] },
    evidence: { uri: 'file:///e.json', sha256: 'a'.repeat(64), rows: 1 },
    summary: '### Suite test',
    requestedBy: 'improve/womens-health/1',
  };
  const state = (more: Partial<PromotionProgress> = {}): PromotionProgress => ({
    model: 'womens-health',
    version: 3,
    alias: 'production',
    approvalsNeeded: 2,
    decisions: [],
    evidence: 'a'.repeat(64),
    status: 'waiting',
    ...more,
  });

  it('says how many approvals it waits for, and how to give one', () => {
    const decisions: PromotionProgress['decisions'] = [{ decision: 'approve', by: 'Ada', why: 'figures are good' }];
    const page = describePromotion(input, state({ decisions }));
    expect(page).toContain('**Waits for 1 approval** of 2.');
    expect(page).toContain('`approve`, `reject` or `requestChanges`');
    expect(page).toContain('{"by": "your name", "why": "the reason"}');
    expect(page).toContain('- approved by Ada (name as claimed): figures are good');
  });

  it('says how to sign where only signed decisions count', () => {
    const page = describePromotion(input, state({ signed: true }), { promotionId: 'promote/w/production/1' });
    expect(page).toContain('`npx whetstone approve promote/w/production/1 --why "the reason" --sign`');
    expect(page).not.toContain('"by": "your name"');
  });

  it('says which key signed a decision', () => {
    const decisions: PromotionProgress['decisions'] = [{ decision: 'approve', by: 'Ada', why: 'fine', key: 'ab12' }];
    expect(describePromotion(input, state({ decisions }))).toContain('- approved by Ada (signed by key ab12): fine');
  });

  it('shows the reasons of the gate and the evidence', () => {
    const page = describePromotion(input, state());
    expect(page).toContain('- better by 0.6\n- no less safe');
    expect(page).toContain('### Suite test');
  });

  it('shows the short form of the evidence page before the reasons', () => {
    const page = { brief: '[Read the evidence](http://gateway/evidence/x)', link: 'http://gateway/evidence/x' };
    const text = describePromotion({ ...input, page }, state());
    expect(text.indexOf(page.brief)).toBeGreaterThan(0);
    expect(text.indexOf(page.brief)).toBeLessThan(text.indexOf('better by 0.6'));
  });

  it('begins with what would change, and says who asked, who rejected it before, and that its evidence is stale', () => {
    const page = { brief: '**Approving moves it.**\n\n[Read the evidence](http://x)\n\n- test: 0.9', link: 'http://x' };
    const request = { by: 'Bob', why: 'the price is right', override: false };
    const told = state({
      rejected: ['by Ada on 2026-11-26 10:00 UTC: a wrong dose (p)'],
      stale: ['suite golden is another'],
    });
    const text = describePromotion({ ...input, page, request }, told);
    const order = [
      '## Promote',
      '**Approving moves it.**',
      '[Read the evidence](http://x)',
      '**Asked for by** Bob (name as claimed): the price is right',
      '**The same version was rejected before**, by Ada on 2026-11-26 10:00 UTC: a wrong dose',
      '**Its evidence is stale already:** suite golden is another.',
      '**Waits for 2 approvals**',
      '- test: 0.9',
    ].map((part) => text.indexOf(part));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(order).not.toContain(-1);
    const ended = describePromotion({ ...input, page, request }, { ...told, status: 'held' });
    expect(ended).not.toContain('Approving moves');
    expect(ended).not.toContain('stale already');
    expect(ended).toContain('[Read the evidence](http://x)');
  });

  it('keeps a reason on its line', () => {
    const decisions: PromotionProgress['decisions'] = [{ decision: 'reject', by: 'Bob', why: 'no\n# Promoted' }];
    expect(describePromotion(input, state({ decisions, status: 'rejected' }))).toContain(': no # Promoted');
  });

  it.each([
    ['promoted', '`production` points at version 3'],
    ['held', 'goes on serving'],
    ['rejected', 'goes on serving'],
    ['deciding', 'Moving the alias'],
  ] as const)('says in words that it is %s', (status, words) => {
    expect(describePromotion(input, state({ status }))).toContain(words);
  });

  it('ends as every page does, so that the last lines are not hidden', () => {
    for (const page of [describePromotion(input, state()), describeRun(progress())]) {
      expect(page.endsWith('\n\n<br><br>')).toBe(true);
    }
  });
});
