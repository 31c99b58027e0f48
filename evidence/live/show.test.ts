import type { Kysely } from 'kysely';
import { parseHTML } from 'linkedom';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrateRegistry } from '../../registry/migrate.ts';
import type { RegistryTables } from '../../registry/schema.ts';
import { createRegistry, type Registry } from '../../registry/store.ts';
import { openDatabase } from '../../sql/database.ts';
import { evidence, promotion as part } from '../../test/support/evidence.ts';
import { collectEvidence } from '../collect.ts';
import { evidenceHtml } from '../html/document.ts';
import { showLive } from './show.ts';

const at = '2026-11-26T10:00:00.000Z';
const later = '2026-11-26T11:00:00.000Z';
const id = 'promote/demo/production/1a2b3c4d';
const production = { description: '', approvals: 1, evidence: [] };
const alias = { model: 'demo', alias: 'production' };
const EVALUATION = 'e'.repeat(64);

let db: Kysely<RegistryTables>;
let registry: Registry;
beforeEach(async () => {
  db = await openDatabase<RegistryTables>(':memory:');
  await migrateRegistry(db);
  registry = createRegistry(db, { policies: { production } });
  const common = { model: 'demo', base: 'b', systemPrompt: '', sampling: { temperature: 0, maxTokens: 96 }, at };
  for (const [i, candidate] of ['base', 'one', 'two', 'tuned'].entries())
    await registry.registerVersion({
      ...common,
      candidate,
      runId: candidate,
      evidence: { uri: 'file:///e', sha256: EVALUATION },
      ref: { uri: `file:///${i}`, sha256: `${i}` },
    });
  await serve(2, 'p2');
  await serve(3, 'p3');
});
afterEach(() => db.destroy());

const open = (version: number, promotionId: string, more: object = {}) =>
  registry.openPromotion({
    ...alias,
    id: promotionId,
    version,
    expectedVersion: 3,
    evidenceSha256: EVALUATION,
    gateDecision: 'promote',
    reasons: [],
    approvalsNeeded: 1,
    at,
    ...more,
  });
const say = (promotionId: string, decision: 'approve' | 'reject' | 'request-changes', why: string, by = 'Ada') =>
  registry.recordDecision({ promotionId, updateId: why, decision, by, why, at: later });
const move = (version: number, promotionId: string, expectedVersion: number | null) =>
  registry.moveAlias({
    ...alias,
    toVersion: version,
    expectedVersion,
    by: 'Ada',
    why: 'better',
    kind: 'promote',
    promotionId,
    at: later,
  });
async function serve(version: number, promotionId: string) {
  const expectedVersion = (await registry.lastMove('demo', 'production'))?.toVersion ?? null;
  await open(version, promotionId, { expectedVersion });
  await say(promotionId, 'approve', `fine ${promotionId}`);
  const result = await move(version, promotionId, expectedVersion);
  expect(result, JSON.stringify(result)).toMatchObject({ status: 'moved' });
}

/** As it was written when the promotion was opened, and as it is shown now. */
async function shown(options: { own?: boolean; of?: string; asked?: string } = {}) {
  const { own = true, of = id, asked = of } = options;
  const page = await collectEvidence(evidence([], { ...(own && { promotion: { ...part, id: of } }) }));
  const html = await showLive(await evidenceHtml(page), { id: asked, registry, linkTo: (one) => `/evidence/${one}` });
  const { document } = parseHTML(html);
  const text = (selector: string) => document.querySelector(selector)?.textContent?.replace(/\s+/g, ' ').trim() ?? '';
  return { html, document, text, decide: text('section[aria-labelledby=decide]'), top: text('header') };
}

describe('the page of a promotion', () => {
  it('asks for a decision while it waits, and says what was said so far', async () => {
    await open(4, id, { approvalsNeeded: 2, request: { by: 'Bob', why: 'the price is right', override: false } });
    await say(id, 'approve', 'read all');
    const { decide, top, text } = await shown();
    expect(decide).toContain('1 of 2 approvals so far');
    expect(decide).toContain('Approved by Ada (name as claimed) on 26 November 2026 at 11:00 UTC: read all');
    expect(decide).toContain('npx whetstone approve');
    expect(top).toMatch(
      /Promote demo version 4 to production\? Waits for a decision: .*Asked for by Bob \(name as claimed\): the price is right/,
    );
    expect(text('section[aria-labelledby=wrong]')).toContain('Put version 3 back');
  });

  it.each([
    [
      'rejected',
      /Rejected by Ada \(name as claimed\) on 26 November 2026 at 11:00 UTC: a wrong dose\. Version 4 did not come to production/,
    ],
    [
      'held',
      /Held on 26 November 2026 at 11:00 UTC: its evidence is stale\. Version 4 did not come .* It goes on, with new evidence, as promote\/demo\/production\/1a2b3c4d\/again-1/,
    ],
    ['expired', /Expired on 26 November 2026 at 11:00 UTC: nobody decided\./],
    ['superseded', /Superseded on 26 November 2026 at 11:00 UTC: superseded by newer, which promotes version 2/],
  ])('says once it is %s what became of it, by whom and when, and asks for nothing', async (state, words) => {
    await open(4, id);
    if (state === 'rejected') await say(id, 'reject', 'a wrong dose');
    if (state === 'held') {
      await registry.closePromotion({ promotionId: id, why: 'its evidence is stale', by: 'whetstone', at: later });
      await open(4, `${id}/again-1`, { at: later });
    }
    if (state === 'expired')
      await registry.recordDecision({
        promotionId: id,
        updateId: 'expiry',
        decision: 'expire',
        by: 'whetstone',
        why: 'nobody decided',
        at: later,
      });
    if (state === 'superseded') await open(2, 'newer', { at: later });
    const { decide, top, html, document, text } = await shown();
    expect(decide).toMatch(words);
    expect(top).toMatch(words);
    for (const gone of [
      'It waits for',
      'Approving moves',
      'To approve',
      'To reject',
      'whetstone approve',
      'Put version 3 back',
      'To decide',
    ])
      expect(html, gone).not.toContain(gone);
    expect(text('section[aria-labelledby=wrong]')).toBe('');
    expect(document.querySelectorAll('nav a[href="#wrong"]')).toHaveLength(0);
    for (const { hash } of [...document.querySelectorAll('nav a')].map((one) => ({ hash: one.getAttribute('href')! })))
      expect(document.querySelectorAll(hash), hash).toHaveLength(1);
  });

  it('says of one that moved its alias who did, and offers the way back only while it serves', async () => {
    await serve(4, id);
    const { decide, text } = await shown();
    expect(decide).toContain(
      'Promoted: production of demo was pointed at version 4 by Ada on 26 November 2026 at 11:00 UTC: better.',
    );
    expect(decide).not.toContain('To approve');
    expect(text('section[aria-labelledby=wrong]')).toContain('Put version 3 back');
    await registry.rollback({ ...alias, by: 'Bob', why: 'wrong doses', at: later });
    const after = await shown();
    expect(after.decide).toContain('Since then it was moved on, and serves version 3.');
    expect(after.text('section[aria-labelledby=wrong]')).toBe('');
  });

  it('says of a move past the rules that another person owes a review, until somebody has given it', async () => {
    const rule = { ...production, breakGlass: { reviewWithin: '48h' } };
    const asked = { ...alias, id, version: 4, by: 'Ada', why: 'wrong doses', at };
    const broken = createRegistry(db, { policies: { production: rule } });
    expect(await broken.breakGlass(asked)).toMatchObject({ status: 'moved' });
    expect((await shown()).decide).toContain(
      'Another person owes a review until 28 November 2026 at 10:00 UTC: start the workflow reviewPromotion in the Temporal UI, ' +
        `with the input {"promotion": "${id}", "by": "your name", "why": "the reason"}; or send npx whetstone review ${id} --by`,
    );
    await broken.recordReview({ promotionId: id, by: 'Bob', why: 'was right', at: later });
    const { decide, top } = await shown();
    expect(top).toMatch(/Promoted past its rule by Ada .*: wrong doses.*Reviewed by Bob .*: was right/);
    expect(decide).toContain('Reviewed by Bob (name as claimed) on 26 November 2026 at 11:00 UTC: was right');
    expect(decide).not.toContain('owes a review');
  });

  it('says that its evidence is stale, that its version was withdrawn, and who rejected it before', async () => {
    await open(4, 'first');
    await say('first', 'reject', 'a wrong dose');
    await open(4, id, { at: later });
    expect((await shown()).top).toContain(
      'Version 4 was rejected before, by Ada (name as claimed) on 26 November 2026 at 11:00 UTC: a wrong dose',
    );
    await registry.rollback({ ...alias, by: 'Bob', why: 'bad', at: later });
    expect((await shown()).top).toContain(
      'Its evidence is stale: production serves version 2, and it was compared with version 3',
    );
    await open(3, 'withdrawn', { at: later, expectedVersion: 2 });
    expect((await shown({ of: 'withdrawn' })).top).toMatch(/It can't move as it is. version 3 was withdrawn by Bob/);
  });

  it('says that the same version was taken down, rolled back from, withdrawn and cleared before', async () => {
    const asked = { ...alias, by: 'Ada', why: 'wrong on emergencies' };
    await registry.takeDown({ ...asked, at });
    await registry.rollback({ ...asked, at: later });
    await registry.clearBlock({ model: 'demo', version: 3, by: 'Bob', why: 'looked at', at: later });
    await open(3, id, { at: later, expectedVersion: 2 });
    expect((await shown()).top).toMatch(
      /Version 3 was taken down from production by Ada on .*: wrong on emergencies\s*Version 3 was withdrawn by Ada on .*: wrong on emergencies\s*Version 3 was cleared by Bob on .*: looked at/,
    );
  });

  it('is that of a promotion also where it was written as that of an evaluation', async () => {
    await open(4, id);
    const { top, decide } = await shown({ own: false });
    expect(top).toContain('Promote demo version 4 to production?');
    expect(decide).toContain(`npx whetstone approve ${id}`);
    expect(decide).not.toContain('no promotion waits');
  });

  it('takes what people say as text', async () => {
    await open(4, id);
    await say(id, 'reject', '<script>alert(1)</script> $& \u202e', '<b>Eve</b>');
    const { document, decide } = await shown();
    expect(document.querySelectorAll('script')).toHaveLength(0);
    expect(decide).toContain('by <b>Eve</b>');
    expect(decide).toContain('<script>alert(1)</script> $& ‹U+202E›');
  });
});

it('the page of an evaluation names the promotions that wait for a decision by it, and no other', async () => {
  const before = await shown({ own: false, asked: EVALUATION });
  expect(before.decide).toContain('no promotion waits');
  await open(4, id);
  const { decide, top } = await shown({ own: false, asked: EVALUATION.slice(0, 12) });
  for (const where of [decide, top])
    expect(where).toContain(`A promotion waits for a decision by this evaluation: version 4 to production, ${id}`);
  expect((await shown({ own: false, asked: 'f'.repeat(64) })).decide).toContain('no promotion waits');
});
