import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { StagePolicy } from '../../configs/schema.ts';
import type { DecisionProof, Role, SignedDecision, Statement } from '../../schema/identity.ts';
import { openDatabase } from '../../sql/database.ts';
import { onEachDatabase } from '../../test/support/databases.ts';
import fc from '../../test/support/property.ts';
import { migrateRegistry } from '../migrate.ts';
import { approvalsOf } from '../overrides.ts';
import type { NewDecision } from '../decisions/record.ts';
import type { RegistryTables } from '../schema.ts';
import { createRegistry, type Registry } from '../store.ts';
import { describePublicKey, isSigned, signStatement } from './signature.ts';

const AT = '2026-11-26T10:00:00Z';
const LATER = '2026-11-27T10:00:00Z';
const production: StagePolicy = { description: '', approvals: 1, evidence: [], authenticated: true };
const policies = { production };

interface Person {
  subject: string;
  key: string;
  privateKey: KeyObject;
}

let nonces = 0;
const statement = (who: Person, more: Partial<Statement> = {}): Statement => ({
  by: who.subject,
  why: 'read all of it',
  promotion: 'p',
  decision: 'approve',
  evidence: 'e1',
  key: who.key,
  at: AT,
  expires: LATER,
  nonce: `nonce-of-a-test-${++nonces}`,
  ...more,
});

onEachDatabase('signed decisions', ({ create }) => {
  let db: Kysely<RegistryTables>;
  let registry: Registry;
  let ada: Person;

  beforeEach(async () => {
    policies.production = production;
    db = await openDatabase<RegistryTables>(await create());
    await migrateRegistry(db);
    registry = createRegistry(db, { policies });
    const version = { model: 'demo', base: 'b', systemPrompt: '', sampling: { temperature: 0, maxTokens: 96 }, at: AT };
    for (const [i, candidate] of ['base', 'tuned'].entries())
      await registry.registerVersion({
        ...version,
        candidate,
        runId: `r${i}`,
        ref: { uri: 'file:///w', sha256: `${i}` },
        evidence: { uri: 'file:///e', sha256: 'e1' },
      });
    await open('p');
    await open('other', 'staging');
    ada = await person('Ada Long');
  });
  afterEach(() => db.destroy());

  const open = (id: string, alias = 'production') =>
    registry.openPromotion({
      id,
      model: 'demo',
      version: 2,
      alias,
      expectedVersion: null,
      evidenceSha256: 'e1',
      reasons: [],
      approvalsNeeded: 1,
      at: AT,
    });

  async function person(subject: string, roles: Role[] = ['approver'], expiresAt?: string): Promise<Person> {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const described = describePublicKey(publicKey);
    await registry.addKey({ ...described, subject, roles, by: 'root', at: AT, ...(expiresAt && { expiresAt }) });
    return { subject, key: described.id, privateKey };
  }

  const send = (proof: DecisionProof | undefined, more: Record<string, unknown> = {}) =>
    registry.recordDecision({
      promotionId: 'p',
      decision: 'approve' as const,
      by: 'Ada Long',
      why: 'read all of it',
      at: AT,
      updateId: `u${++nonces}`,
      proof,
      ...more,
    });
  const signed = (who: Person, more: Partial<Statement> = {}) => signStatement(statement(who, more), who.privateKey);
  const refusal = (words: RegExp) => ({ status: 'refused', message: expect.stringMatching(words) as string });
  const decided = async (id = 'p') => (await registry.decisions(id)).map(({ decision, by }) => `${decision} ${by}`);

  it('count, and are kept with their proof', async () => {
    const proof = signed(ada);
    expect(await send(proof)).toMatchObject({ status: 'recorded', state: 'approved' });
    const kept = await db.selectFrom('decisionSignatures').selectAll().execute();
    expect(kept).toMatchObject([{ promotionId: 'p', seq: 1, keyId: ada.key, nonce: proof.nonce }]);
    expect(JSON.parse(kept[0]!.proof)).toEqual(proof);
  });

  it.each([
    ['signing_keys', 'subject'],
    ['key_revocations', 'why'],
    ['decision_signatures', 'nonce'],
  ])('are history that can be neither changed nor deleted (%s)', async (table, column) => {
    await send(signed(ada));
    await registry.revokeKey({ id: ada.key, by: 'root', why: 'left', at: AT });
    for (const [statement, what] of [
      [`update ${table} set ${column} = 'eve'`, 'update'],
      [`delete from ${table}`, 'delete'],
    ] as const)
      await expect(sql.raw(statement).execute(db)).rejects.toThrow(`${table} is append-only: ${what} is refused`);
  });

  it('count once when the same Update comes again', async () => {
    const proof = signed(ada);
    await send(proof, { updateId: 'u' });
    expect(await send(proof, { updateId: 'u', at: '2027-01-01T00:00:00Z' })).toMatchObject({ status: 'recorded' });
    expect(await decided()).toEqual(['approve Ada Long']);
  });

  it.each(['approve', 'reject'] as const)(
    'are the only ones that count where the alias asks for them (%s)',
    async (decision) => {
      expect(await send(undefined, { decision })).toMatchObject(
        refusal(/takes signed decisions only.*whetstone (approve|reject) p/),
      );
      expect(await decided()).toEqual([]);
    },
  );

  it('are not needed by the clock', async () => {
    expect(await send(undefined, { decision: 'expire', by: 'whetstone' })).toMatchObject({ status: 'recorded' });
  });

  it('are refused once they have expired', async () => {
    expect(await send(signed(ada), { at: LATER })).toMatchObject(refusal(/the signature expired at 2026-11-27/));
  });

  it('are refused from a clock that runs ahead', async () => {
    expect(await send(signed(ada, { at: '2026-11-26T10:06:00Z' }))).toMatchObject(refusal(/set the clock/));
  });

  it('are refused when they are replayed, on this promotion or on another', async () => {
    const first = signed(ada, { decision: 'reject' });
    await send(first, { decision: 'reject' });
    await open('again');
    expect(await send(first, { promotionId: 'again' })).toMatchObject(refusal(/signed for another promotion, p;/));
    const same = signed(ada, { promotion: 'again', nonce: first.nonce });
    expect(await send(same, { promotionId: 'again' })).toMatchObject(refusal(/was used before, on p\./));
    expect(await decided('again')).toEqual([]);
  });

  it('are refused when they are replayed while the promotion still waits', async () => {
    registry = createRegistry(db, { policies });
    await registry.openPromotion({
      id: 'two',
      model: 'demo',
      version: 2,
      alias: 'production',
      expectedVersion: null,
      evidenceSha256: 'e1',
      reasons: [],
      approvalsNeeded: 2,
      at: AT,
    });
    const proof = signed(ada, { promotion: 'two' });
    expect(await send(proof, { promotionId: 'two' })).toMatchObject({ status: 'recorded', state: 'waiting' });
    expect(await send(proof, { promotionId: 'two' })).toMatchObject(refusal(/was used before, on two/));
  });

  const CHANGES: [string, (proof: DecisionProof) => Record<string, unknown>][] = [
    ['why', (proof) => ({ why: 'something else', proof })],
    ['by', (proof) => ({ by: 'Eve', proof })],
    ...(
      [
        ['promotion', 'other'],
        ['decision', 'reject'],
        ['evidence', 'e2'],
        ['at', '2026-11-26T09:00:00Z'],
        ['expires', '2036-11-26T10:00:00Z'],
        ['nonce', 'a-nonce-of-my-own-making'],
      ] as const
    ).map(([field, value]): [string, (proof: DecisionProof) => Record<string, unknown>] => [
      field,
      (proof) => ({ proof: { ...proof, [field]: value } }),
    ]),
    ['signature', (proof) => ({ proof: { ...proof, signature: Buffer.alloc(64, 1).toString('base64') } })],
    ['length of the signature', (proof) => ({ proof: { ...proof, signature: 'AAAA' } })],
  ];
  it.each(CHANGES)('are refused when someone changed their %s', async (_what, change) => {
    expect(await send(undefined, change(signed(ada)))).toMatchObject(refusal(/does not fit: something was changed/));
    expect(await decided()).toEqual([]);
  });

  it('are refused when another key is named than signed', async () => {
    const bob = await person('Bob');
    const proof = { ...signed(ada), key: bob.key };
    expect(await send(proof, { by: 'Bob' })).toMatchObject(refusal(/does not fit/));
  });

  it('are refused of a key that is not here', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const eve = { subject: 'Eve', key: describePublicKey(publicKey).id, privateKey };
    expect(await send(signed(eve), { by: 'Eve' })).toMatchObject(refusal(/is not in this registry/));
  });

  it('are refused of a revoked key, and of one that has expired', async () => {
    await registry.revokeKey({ id: ada.key, by: 'root', why: 'stolen', at: AT });
    expect(await send(signed(ada))).toMatchObject(refusal(/was revoked by root at .*: stolen/));
    const bob = await person('Bob', ['admin'], '2026-11-26T09:59:00Z');
    expect(await send(signed(bob), { by: 'Bob' })).toMatchObject(refusal(/of Bob expired at/));
  });

  const ALL: Role[] = ['viewer', 'operator', 'approver', 'admin'];
  const SIGNERS: [SignedDecision, Role[]][] = [
    ['approve', ['approver', 'admin']],
    ['reject', ['approver', 'admin']],
    ['request-changes', ['operator', 'approver', 'admin']],
    ['withdraw', ['operator', 'approver', 'admin']],
    ['break-glass', ['approver', 'admin']],
    ['review', ['approver', 'admin']],
  ];
  const say = (who: Person, decision: NewDecision['decision'] & SignedDecision, promotionId: string) =>
    send(signed(who, { promotion: promotionId, decision }), { promotionId, decision, by: who.subject });
  /** Brings a promotion to where this person could say so, if their role let them. */
  async function before(decision: SignedDecision, who: Person, id: string) {
    await open(id);
    // Their own: of others only an admin may.
    if (decision === 'withdraw') await Promise.all([ada, who].map((one) => say(one, 'request-changes', id)));
    if (decision !== 'review') return;
    await say(ada, 'break-glass', id);
    const move = { model: 'demo', alias: 'production', toVersion: 2, by: 'a', why: 'b', at: AT };
    expect(
      await registry.moveAlias({ ...move, expectedVersion: null, kind: 'promote', promotionId: id }),
    ).toMatchObject({
      status: 'moved',
    });
    await registry.takeDown({ model: 'demo', alias: 'production', by: 'a', why: 'b', at: AT, requestId: `down ${id}` });
  }
  it.each(SIGNERS)(
    'to %s count of keys of the role %s alone, and others are refused by name',
    async (decision, may) => {
      policies.production = { ...production, breakGlass: { reviewWithin: '72h' } };
      for (const role of ALL) {
        const id = `of a ${role}`;
        const who = await person(`A ${role}`, [role]);
        await before(decision, who, id);
        const review = () => {
          const proof = signed(who, { promotion: id, decision });
          return registry.recordReview({ promotionId: id, by: who.subject, why: 'read all of it', at: AT, proof });
        };
        const { status, ...said } = decision === 'review' ? await review() : await say(who, decision, id);
        expect(status, role).toBe(may.includes(role) ? 'recorded' : 'refused');
        const refused = `has the role ${role}, and to ${decision} takes ${may.join(' or ')}; nothing was changed`;
        expect(JSON.stringify(said).includes(refused), JSON.stringify(said)).toBe(!may.includes(role));
      }
    },
  );

  it('of a key with several roles count by the one that may', async () => {
    const neither = await person('Cy', ['viewer', 'operator']);
    expect(await send(signed(neither), { by: 'Cy' })).toMatchObject(
      refusal(/has the role viewer, operator, and to approve takes approver or admin/),
    );
    const both = await person('Bob', ['viewer', 'approver']);
    expect(await send(signed(both), { by: 'Bob' })).toMatchObject({ status: 'recorded' });
  });

  it('are refused on another promotion, for other evidence, and for the other decision', async () => {
    expect(await send(signed(ada), { promotionId: 'other' })).toMatchObject(refusal(/for another promotion, p;/));
    expect(await send(signed(ada, { evidence: 'e2' }))).toMatchObject(refusal(/for other evidence, e2/));
    expect(await send(signed(ada), { decision: 'reject' })).toMatchObject(
      refusal(/signed to approve, and sent to reject/),
    );
  });

  it("are refused in another's name, whoever signs", async () => {
    expect(await send(signed(ada, { by: 'Bob' }), { by: 'Bob' })).toMatchObject(
      refusal(/is Ada Long's, but .* by Bob/),
    );
  });

  it('carry the name in any spelling', async () => {
    const by = 'ａｄａ  LONG';
    expect(await send(signed(ada, { by }), { by })).toMatchObject({ status: 'recorded' });
  });

  it('are checked even where none is asked', async () => {
    registry = createRegistry(db);
    expect(await send({ ...signed(ada), expires: '2036-11-26T10:00:00Z' })).toMatchObject(refusal(/does not fit/));
  });

  it('count at the move, and claims that were recorded before they were asked do not', async () => {
    await createRegistry(db).recordDecision({
      promotionId: 'p',
      decision: 'approve',
      by: 'Ada Long',
      why: 'fine',
      updateId: 'u',
      at: AT,
    });
    const move = { model: 'demo', alias: 'production', toVersion: 2, expectedVersion: null, by: 'x', why: 'y', at: AT };
    expect(await registry.moveAlias({ ...move, kind: 'promote', promotionId: 'p' })).toMatchObject(
      refusal(/rule approvals: found 0 signed approvals, expected 1\. Fix: ask for a new promotion/),
    );
    await open('signed');
    await send(signed(ada, { promotion: 'signed' }), { promotionId: 'signed' });
    expect(await registry.moveAlias({ ...move, kind: 'promote', promotionId: 'signed' })).toMatchObject({
      status: 'moved',
    });
  });

  it('are asked of two people where four eyes are, of whom none asked for it', async () => {
    const production = { description: '', approvals: 0, evidence: [], fourEyes: true };
    registry = createRegistry(db, { policies: { production } });
    const request = { by: 'Ada Long', why: 'the price is right', override: false };
    const approvalsNeeded = approvalsOf(production, { approvals: 0, request });
    expect(approvalsNeeded).toBe(2);
    const opening = { model: 'demo', version: 2, alias: 'production', expectedVersion: null, evidenceSha256: 'e1' };
    const asked = { id: 'four', ...opening, reasons: [], approvalsNeeded, request, at: AT };
    await registry.openPromotion(asked);
    const approve = (who: Person) => send(signed(who, { promotion: 'four' }), { promotionId: 'four', by: who.subject });
    expect(await approve(await person('ADA  long'))).toMatchObject(refusal(/asked for by Ada Long: another person/));
    expect(await send(undefined, { promotionId: 'four', by: 'Bob' })).toMatchObject(refusal(/signed decisions only/));
    const bob = await person('Bob');
    expect(await approve(bob)).toMatchObject({ status: 'recorded', state: 'waiting' });
    expect(await approve(bob)).toMatchObject(refusal(/2 different people are asked/));
    expect(await approve(await person('bob'))).toMatchObject(refusal(/2 different people are asked/));
    expect(await approve(await person('Cy'))).toMatchObject({ status: 'recorded', state: 'approved' });
    const move = { model: 'demo', alias: 'production', toVersion: 2, expectedVersion: null, by: 'x', why: 'y', at: AT };
    expect(await registry.moveAlias({ ...move, kind: 'promote', promotionId: 'four' })).toMatchObject({
      status: 'moved',
    });
  });

  it('are asked of two people for what the gate held: who asks against it may have named somebody else', async () => {
    const production = { description: '', approvals: 0, evidence: ['gate-promote' as const], authenticated: true };
    registry = createRegistry(db, { policies: { production } });
    const request = { by: 'Somebody Else', why: 'the price is right', override: true };
    const approvalsNeeded = approvalsOf(production, { approvals: 0, request });
    expect(approvalsNeeded).toBe(2);
    expect(approvalsOf({ ...production, override: 3 }, { approvals: 0, request })).toBe(3);
    const opening = { model: 'demo', version: 2, alias: 'production', expectedVersion: null, evidenceSha256: 'e1' };
    const held = { gateDecision: 'hold' as const, reasons: ['too near'], at: AT };
    const move = { model: 'demo', alias: 'production', toVersion: 2, expectedVersion: null, by: 'x', why: 'y', at: AT };
    // One that was opened for one approval, as before.
    await registry.openPromotion({ id: 'one', ...opening, ...held, approvalsNeeded: 1, request });
    await send(signed(ada, { promotion: 'one' }), { promotionId: 'one' });
    expect(await registry.moveAlias({ ...move, kind: 'promote', promotionId: 'one' })).toMatchObject(
      refusal(/rule override: found the gate's hold, and 1 approval\(s\) of others than Somebody Else, expected 2/),
    );
    await registry.openPromotion({ id: 'two', ...opening, ...held, approvalsNeeded, request });
    for (const who of [ada, await person('Bob')])
      await send(signed(who, { promotion: 'two' }), { promotionId: 'two', by: who.subject });
    expect(await registry.moveAlias({ ...move, kind: 'promote', promotionId: 'two' })).toMatchObject({
      status: 'moved',
    });
  });

  it('of one person do not move an alias that asks for four eyes by then', async () => {
    await send(signed(ada));
    registry = createRegistry(db, {
      policies: { production: { description: '', approvals: 0, evidence: [], fourEyes: true } },
    });
    const move = { model: 'demo', alias: 'production', toVersion: 2, expectedVersion: null, by: 'x', why: 'y', at: AT };
    expect(await registry.moveAlias({ ...move, kind: 'promote', promotionId: 'p' })).toMatchObject(
      refusal(/rule approvals: found 1 signed approvals, expected 2\. Fix/),
    );
  });

  it('are of keys that are listed, and that end once', async () => {
    expect(await registry.revokeKey({ id: ada.key, by: 'root', why: 'left', at: AT })).toBe(true);
    expect(await registry.revokeKey({ id: ada.key, by: 'root', why: 'left', at: AT })).toBe(false);
    expect(await registry.keys()).toMatchObject([{ subject: 'Ada Long', revoked: { why: 'left' } }]);
    await expect(registry.revokeKey({ id: 'x', by: 'root', why: 'left', at: AT })).rejects.toThrow(/no key "x"/);
  });
});

it('a signature fits what was signed, and nothing else', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const { id: key, publicKey: kept } = describePublicKey(publicKey);
  const base = statement({ subject: 'Ada', key, privateKey });
  const { signature } = signStatement(base, privateKey);
  const fits = (one: Statement) => isSigned({ statement: one, signature, publicKey: kept });
  expect(fits(Object.fromEntries(Object.entries(base).reverse()) as unknown as Statement)).toBe(true);
  const fields = fc.constantFrom('by', 'why', 'promotion', 'evidence', 'key', 'at', 'expires', 'nonce' as const);
  fc.assert(
    fc.property(fields, fc.string(), (field, value) => {
      expect(fits({ ...base, [field]: value })).toBe(base[field as keyof Statement] === value);
    }),
  );
});

it('a key of another kind is refused', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  expect(() => describePublicKey(publicKey)).toThrow(/of the kind rsa; expected Ed25519/);
});
