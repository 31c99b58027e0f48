import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Kysely } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { StagePolicySchema, type StagePolicy } from '../../configs/schema.ts';
import type { Role } from '../../schema/identity.ts';
import { onEachDatabase } from '../../test/support/databases.ts';
import { makeRegistry, versionOf } from '../../test/support/demo-registry.ts';
import { describePublicKey, signStatement } from '../identity/signature.ts';
import type { RegistryTables } from '../schema.ts';
import { createRegistry, type Registry } from '../store.ts';

const AT = '2026-11-26T10:00:00Z';
const hold = { decision: 'hold' as const, suite: 'test', candidate: 'two', reasons: ['too near'] };

onEachDatabase('who breaks the glass', ({ create }) => {
  let db: Kysely<RegistryTables>;
  let registry: Registry;
  let policy: StagePolicy;
  let said = 0;
  beforeEach(async () => {
    ({ db, registry } = await makeRegistry(await create(), async () => ({ production: policy })));
    for (const candidate of ['base', 'one', 'two'])
      await registry.registerVersion(
        versionOf(candidate, { evidence: { uri: 'file:///e', sha256: 'e' }, gate: hold, at: AT }),
      );
    rule({ approvals: 2, breakGlass: { reviewWithin: '48h' } });
    await registry.moveAlias({
      model: 'demo',
      alias: 'production',
      toVersion: 1,
      expectedVersion: null,
      kind: 'bootstrap',
      by: 'x',
      why: 'y',
      promotionId: 'first',
      at: AT,
    });
  });
  afterEach(() => db.destroy());

  const rule = (input: object) => void (policy = StagePolicySchema.parse(input));
  const asked = { model: 'demo', version: 3, alias: 'production', by: 'Ada', why: 'wrong doses', at: AT };
  const smash = async (more: Partial<Parameters<Registry['breakGlass']>[0]> = {}) => {
    const result = await registry.breakGlass({ ...asked, id: `smash${(said += 1)}`, ...more });
    return result.status === 'moved' ? `moved, review by ${result.reviewBy}` : `${result.status}: ${result.message}`;
  };
  const serving = async () => (await registry.deployment('demo', 'production')).stable.version;
  const person = async (by: string, roles: Role[]) => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const described = describePublicKey(publicKey);
    await registry.addKey({ ...described, subject: by, roles, by: 'root', at: AT });
    return { by, key: described.id, privateKey };
  };
  const sign = (
    who: { by: string; key: string; privateKey: KeyObject },
    promotion: string,
    decision: 'break-glass' | 'review',
  ) =>
    signStatement(
      {
        by: who.by,
        why: asked.why,
        promotion,
        decision,
        evidence: 'e',
        key: who.key,
        at: AT,
        expires: '2026-12-01T00:00:00Z',
        nonce: `nonce-of-a-test-${(said += 1)}`,
      },
      who.privateKey,
    );

  it('moves the alias at once, past approvals and gate, which history tells, and another person reviews it', async () => {
    expect(await smash({ id: 'p' })).toBe('moved, review by 2026-11-28T10:00:00.000Z');
    expect(await serving()).toBe(3);
    expect((await registry.history('demo')).at(-1)).toMatchObject({ kind: 'break-glass', by: 'Ada', fromVersion: 1 });
    expect(await registry.promotion('p')).toMatchObject({
      state: 'promoted',
      gateDecision: 'hold',
      approvalsNeeded: 2,
    });
    const owed = {
      promotionId: 'p',
      model: 'demo',
      alias: 'production',
      version: 3,
      by: 'Ada',
      why: 'wrong doses',
      at: AT,
    };
    expect(await registry.owedReviews()).toEqual([{ ...owed, reviewBy: '2026-11-28T10:00:00.000Z', signed: false }]);
    expect(await registry.owedReviews('another')).toEqual([]);
    const review = (by: string, promotionId = 'p') =>
      registry.recordReview({ promotionId, by, why: 'was right', at: AT });
    const refused = (message: RegExp) => ({ status: 'refused', message: expect.stringMatching(message) as string });
    expect(await review('ａｄａ ')).toMatchObject(refused(/Ada did it: another person must review it/));
    expect(await review('Bob')).toMatchObject({ status: 'recorded' });
    expect(await registry.owedReviews()).toEqual([]);
    // An activity whose answer was lost asks again: it is the same review, and nobody else's.
    expect(await smash({ id: 'again', version: 2 })).toMatch(/^moved/);
    const asks = (requestId: string) =>
      registry.recordReview({ promotionId: 'again', by: 'Bob', why: 'was right', at: AT, requestId });
    const first = await asks('r');
    expect(first).toMatchObject({ status: 'recorded' });
    expect(await asks('r')).toEqual(first);
    expect(await asks('another')).toMatchObject(refused(/reviewed by Bob .* already/));
    expect(await registry.decisions('again')).toHaveLength(2);
    expect(await review('Cy')).toMatchObject(refused(/reviewed by Bob .* already: was right; nothing was changed/));
    await expect(review('Bob', 'nothing')).rejects.toThrow('no promotion "nothing"');
    expect((await registry.checkSeals('demo')).broken).toBeUndefined();
  });

  it.each([
    ['no rule', {}, /rule breakGlass: found none, expected a rule that lets somebody/],
    ['never', { breakGlass: 'never' }, /rule breakGlass: found never/],
    ['roles without a signature', { breakGlass: { roles: ['admin'] } }, /rule breakGlass\.roles: found no signature/],
    [
      'an alias of signed decisions',
      { authenticated: true, breakGlass: {} },
      /takes signed decisions only: add --sign/,
    ],
  ])('is refused by %s', async (_what, input, words) => {
    rule(input);
    expect(await smash()).toMatch(words);
    expect(await serving()).toBe(1);
    expect(await registry.promotions('demo')).toEqual([]);
  });

  it('needs a key of the role that the rule asks, and of the alias that asks for signed reviews one too', async () => {
    rule({ breakGlass: { roles: ['admin'], reviewWithin: '24h' } });
    const [bob, root] = [await person('Bob', ['approver']), await person('Root', ['admin'])];
    expect(await smash({ id: 'p', by: 'Bob', proof: sign(bob, 'p', 'break-glass') })).toMatch(
      /found a key of the role approver, expected admin\. Fix: ask somebody whose key has it: npx whetstone keys list/,
    );
    expect(await smash({ id: 'p', by: 'Root', proof: sign(root, 'another', 'break-glass') })).toMatch(
      /signed for another promotion/,
    );
    expect(await smash({ id: 'p', by: 'Root', proof: sign(root, 'p', 'break-glass') })).toMatch(
      /^moved, review by 2026-11-27/,
    );
    const review = { promotionId: 'p', by: 'Bob', why: asked.why, at: AT };
    expect(await registry.recordReview(review)).toMatchObject({
      message: expect.stringContaining('takes signed reviews only') as string,
    });
    expect(await registry.owedReviews()).toMatchObject([{ signed: true }]);
    // A registry that knows no rules, as a gateway's: what was signed asks for a signature.
    expect(await createRegistry(db).owedReviews()).toMatchObject([{ signed: true }]);
    const proof = sign(bob, 'p', 'review');
    // What the server took before the signature expired counts, however late a worker writes it down.
    const late = { ...review, at: '2026-12-02T00:00:00Z', proof };
    expect(await registry.recordReview(late)).toMatchObject({
      message: expect.stringContaining('the signature expired') as string,
    });
    expect(await registry.recordReview({ ...late, receivedAt: AT })).toMatchObject({ status: 'recorded' });
  });

  it('does not move to a version that was withdrawn or archived, nor a pinned alias, and that is written down', async () => {
    expect(await smash()).toMatch(/^moved/);
    await registry.rollback({ model: 'demo', alias: 'production', by: 'x', why: 'worse', at: AT, allowBase: true });
    expect(await smash({ id: 'withdrawn' })).toMatch(/^blocked: .*version 3 was withdrawn by x/);
    expect((await registry.promotion('withdrawn')).state).toBe('held');
    await registry.mark({ model: 'demo', of: { version: 2 }, action: 'archive', by: 'x', why: 'old', at: AT });
    expect(await smash({ version: 2 })).toMatch(/^blocked: .*version 2 was archived by x/);
    await registry.mark({ model: 'demo', of: { version: 2 }, action: 'restore', by: 'x', why: 'old', at: AT });
    await registry.mark({ model: 'demo', of: { alias: 'production' }, action: 'pin', by: 'x', why: 'audit', at: AT });
    expect(await smash({ version: 2 })).toMatch(/^blocked: .*it is pinned by x/);
    expect(await serving()).toBe(1);
    expect(await registry.owedReviews()).toHaveLength(1);
  });

  it('brings back an alias that was taken down, and puts an end to what waits', async () => {
    await registry.openPromotion({
      id: 'waits',
      model: 'demo',
      version: 2,
      alias: 'production',
      expectedVersion: 1,
      reasons: [],
      approvalsNeeded: 2,
      at: AT,
    });
    await registry.takeDown({ model: 'demo', alias: 'production', by: 'x', why: 'wrong', at: AT });
    expect(await smash({ version: 2 })).toMatch(/^moved/);
    expect(await serving()).toBe(2);
    expect((await registry.promotion('waits')).state).toBe('superseded');
    expect(await smash({ version: 2 })).toMatch(/version 2 serves already/);
  });

  it('may do so to a promotion that waits, and the rule is asked again at its move', async () => {
    const open = (id: string) =>
      registry.openPromotion({
        id,
        model: 'demo',
        version: 2,
        alias: 'production',
        expectedVersion: 1,
        evidenceSha256: 'e',
        gateDecision: 'hold',
        reasons: [],
        approvalsNeeded: 2,
        at: AT,
      });
    const say = (promotionId: string) =>
      registry.recordDecision({ promotionId, decision: 'break-glass', by: 'Ada', why: 'now', updateId: 'u', at: AT });
    const move = (promotionId: string) =>
      registry.moveAlias({
        model: 'demo',
        alias: 'production',
        toVersion: 2,
        expectedVersion: 1,
        kind: 'promote',
        by: 'Ada',
        why: 'now',
        promotionId,
        at: AT,
      });
    await open('p');
    expect(await say('p')).toMatchObject({ state: 'approved', decision: { reviewBy: '2026-11-28T10:00:00.000Z' } });
    rule({ approvals: 2 });
    expect(await move('p')).toMatchObject({
      status: 'refused',
      message: expect.stringContaining('rule breakGlass') as string,
    });
    await open('q');
    expect(await say('q')).toMatchObject({
      status: 'refused',
      message: expect.stringContaining('rule breakGlass') as string,
    });
    rule({ approvals: 2, breakGlass: {} });
    await say('q');
    expect(await move('q')).toMatchObject({ status: 'moved', move: { kind: 'break-glass' } });
  });
});
