import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StagePolicySchema, type StagePolicy } from '../../configs/schema.ts';
import type { Measured } from '../../schema/evaluation.ts';
import type { Role, SignedDecision } from '../../schema/identity.ts';
import type { ModelRef } from '../../schema/model-ref.ts';
import { openDatabase } from '../../sql/database.ts';
import { onEachDatabase } from '../../test/support/databases.ts';
import { appendDecision } from './closing.ts';
import { setAsideBy } from './standing.ts';
import { describePublicKey, signStatement } from '../identity/signature.ts';
import { migrateRegistry } from '../migrate.ts';
import { openUnderPolicy, promoteVersion } from '../promote.ts';
import type { RegistryTables } from '../schema.ts';
import { createRegistry, type Registry } from '../store.ts';
import type { AskedOfRun } from '../schema.ts';

const EVALUATED = '2026-11-20T10:00:00Z';
const NOW = '2026-11-26T10:00:00Z';
const gate = { decision: 'promote' as const, suite: 'test', candidate: 'tuned', reasons: ['better'] };
const FAST: Measured = { answers: 40, p95LatencyMs: 900, meanLatencyMs: 360, inputTokens: 100, outputTokens: 50 };

/** A rule changes between the opening of a promotion and its move: what it says then is what counts. */
onEachDatabase('the rule of an alias', ({ create }) => {
  let db: Kysely<RegistryTables>;
  let registry: Registry;
  let policy: StagePolicy;
  let updates = 0;
  beforeEach(async () => {
    db = await openDatabase<RegistryTables>(await create());
    await migrateRegistry(db);
    registry = createRegistry(db, { policies: async () => ({ production: policy }) });
    rule({ approvals: 0 });
    await registry.registerVersion({
      ...version,
      candidate: 'base',
      runId: 'b',
      ref: { uri: 'file:///b', sha256: 'b' },
    });
  });
  afterEach(() => db.destroy());

  const rule = (input: object) => void (policy = StagePolicySchema.parse(input));

  const version = {
    model: 'demo',
    base: 'b',
    systemPrompt: '',
    sampling: { temperature: 0, maxTokens: 96 },
    at: EVALUATED,
  };
  const register = (more: { ref?: ModelRef; measured?: Measured } = {}) =>
    registry.registerVersion({
      ...version,
      candidate: 'tuned',
      runId: 'r',
      ref: { uri: 'file:///t', sha256: 't' },
      evidence: { uri: 'file:///e', sha256: 'e' },
      gate,
      ...more,
    });
  const open = (more: { asks?: AskedOfRun; id?: string; startedBy?: { by: string; how: string } } = {}) =>
    openUnderPolicy(registry, {
      promotionId: more.id ?? 'p',
      model: 'demo',
      version: 2,
      alias: 'production',
      incumbentVersion: null,
      baseVersion: 1,
      approvals: 0,
      gate,
      evidence: { uri: 'file:///e', sha256: 'e', rows: 1 },
      policy,
      at: NOW,
      ...(more.asks && { asks: more.asks }),
      ...(more.startedBy && { startedBy: more.startedBy }),
    });
  const move = async (id = 'p') => {
    const about = { model: 'demo', alias: 'production', version: 2, incumbentVersion: null, baseVersion: 1 };
    const result = await promoteVersion(registry, { ...about, by: 'x', why: 'y', promotionId: id, at: NOW });
    return result.status === 'moved' ? 'moved' : `${result.status}: ${result.reason}`;
  };
  const refusal = (words: string) => `refused: demo@production: promotion p: ${words}`;

  it('is asked when it is opened, so that nobody approves what can not move, and again at the move', async () => {
    await register({ measured: FAST });
    rule({ constraints: { p95LatencyMs: 800 } });
    const { held } = await open({ id: 'slow' });
    expect(held).toMatch(/^rule constraints\.p95LatencyMs: found 900 ms, expected 800 ms at most/);
    expect((await registry.promotion('slow')).state).toBe('held');
    // Asked again after a crash.
    expect((await open({ id: 'slow' })).held).toBe(held);
    rule({});
    expect(await open()).toEqual({ approvalsNeeded: 0 });
    rule({ constraints: { p95LatencyMs: 800 } });
    expect(await move()).toMatch(
      /^refused: demo@production: promotion p: rule constraints\.p95LatencyMs: found 900 ms/,
    );
    expect((await registry.promotion('p')).state).toBe('held');
  });

  const weights: ModelRef = { uri: 'file:///t', sha256: 't' };
  const hosted: ModelRef = { kind: 'hosted', provider: 'acme', id: 'small' };
  const cases: [string, object, { ref?: ModelRef; measured?: Measured | undefined }, string | undefined][] = [
    ['young evidence', { maxAge: '6d' }, {}, undefined],
    [
      'old evidence',
      { maxAge: '5d' },
      {},
      'rule maxAge: found an evaluation of 2026-11-20T10:00:00Z, 6.0 days old, expected 5d at most. Fix: evaluate it anew: npx whetstone evaluate demo@v2',
    ],
    ['fast answers', { constraints: { p95LatencyMs: 900 } }, { measured: FAST }, undefined],
    [
      'no known latency',
      { constraints: { p95LatencyMs: 900 } },
      {},
      'rule constraints.p95LatencyMs: found no latency in its evaluation, expected 900 ms at most for 95 of 100 answers. Fix: evaluate it anew: npx whetstone evaluate demo@v2',
    ],
    ['cheap weights', { constraints: { usdPer1000Answers: 0.1, machineUsdPerHour: 1 } }, { measured: FAST }, undefined],
    [
      'dear weights',
      { constraints: { usdPer1000Answers: 0.09, machineUsdPerHour: 1 } },
      { measured: FAST },
      'rule constraints.usdPer1000Answers: found 0.10 USD for 1,000 answers, expected 0.09 USD at most. Fix: shorten its answers (serving.maxTokens), or choose a smaller or cheaper model, and run its config again',
    ],
    [
      'weights on a machine without a price',
      { constraints: { usdPer1000Answers: 0.1 } },
      { measured: FAST },
      'rule constraints.usdPer1000Answers: found no price of the machine, expected 0.1 USD at most. Fix: declare it in configs/stages.yaml: constraints.machineUsdPerHour',
    ],
    [
      'a cheap hosted model',
      {
        constraints: {
          usdPer1000Answers: 0.2,
          providers: { acme: { prices: { inputPerMillion: 1, outputPerMillion: 2 } } },
        },
      },
      { ref: hosted, measured: FAST },
      undefined,
    ],
    [
      'a dear hosted model',
      {
        constraints: {
          usdPer1000Answers: 0.1,
          providers: { acme: { prices: { inputPerMillion: 1, outputPerMillion: 2 } } },
        },
      },
      { ref: hosted, measured: FAST },
      'rule constraints.usdPer1000Answers: found 0.20 USD for 1,000 answers, expected 0.1 USD at most. Fix: shorten its answers (serving.maxTokens), or choose a smaller or cheaper model, and run its config again',
    ],
    [
      'a hosted model without prices',
      { constraints: { usdPer1000Answers: 0.1 } },
      { ref: hosted, measured: FAST },
      "rule constraints.usdPer1000Answers: found no prices of provider 'acme', expected 0.1 USD at most. Fix: declare them in configs/stages.yaml: constraints.providers.acme.prices",
    ],
    ['weights of our own, wherever', { constraints: { regions: ['eu'] } }, {}, undefined],
    [
      'a provider of the region',
      { constraints: { regions: ['eu', 'us'], providers: { acme: { region: 'us' } } } },
      { ref: hosted },
      undefined,
    ],
    [
      'a provider elsewhere',
      { constraints: { regions: ['eu'], providers: { acme: { region: 'us' } } } },
      { ref: hosted },
      "rule constraints.regions: found provider 'acme' in us, expected one of eu. Fix: promote a version that answers there",
    ],
    [
      'a provider of an unknown region',
      { constraints: { regions: ['eu'] } },
      { ref: hosted },
      "rule constraints.regions: found provider 'acme', of an unknown region, expected one of eu. Fix: declare it in configs/stages.yaml: constraints.providers.acme.region",
    ],
  ];
  it.each(cases)('takes or refuses at the move: %s', async (_what, asked, { ref = weights, measured }, lacks) => {
    await register({ ref, ...(measured && { measured }) });
    await open();
    rule(asked);
    expect(await move()).toBe(lacks === undefined ? 'moved' : refusal(lacks));
  });

  it('counts with what the run asks beside it: of two, the stricter', async () => {
    await register({ measured: FAST });
    rule({ maxAge: '10d', constraints: { p95LatencyMs: 2000 } });
    expect((await open({ id: 'age', asks: { maxAge: '24h', p95LatencyMs: 5000 } })).held).toMatch(
      /^rule maxAge: .* expected 24h at most/,
    );
    expect((await open({ id: 'slow', asks: { maxAge: '90d', p95LatencyMs: 500 } })).held).toMatch(
      /^rule constraints\.p95LatencyMs: found 900 ms, expected 500 ms/,
    );
    // A run can't ask for less.
    await open({ asks: { maxAge: '90d', p95LatencyMs: 5000 } });
    rule({ maxAge: '5d' });
    expect(await move()).toMatch(/expected 5d at most/);
  });

  interface Person {
    by: string;
    key: string;
    privateKey: KeyObject;
  }
  async function person(by: string, roles: Role[]): Promise<Person> {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const described = describePublicKey(publicKey);
    await registry.addKey({ ...described, subject: by, roles, by: 'root', at: EVALUATED });
    return { by, key: described.id, privateKey };
  }
  /** Says something to promotion `p`, signed where a person with a key says it. */
  const say = async (decision: Exclude<SignedDecision, 'review'>, who: string | Person) => {
    updates += 1;
    const by = typeof who === 'string' ? who : who.by;
    const said = { by, why: 'because', decision, at: NOW };
    const statement = {
      ...said,
      promotion: 'p',
      evidence: 'e',
      expires: '2026-12-01T00:00:00Z',
      nonce: `nonce-of-a-test-${updates}`,
    };
    const proof = typeof who === 'string' ? undefined : signStatement({ ...statement, key: who.key }, who.privateKey);
    const result = await registry.recordDecision({ promotionId: 'p', updateId: `u${updates}`, ...said, proof });
    return result.status === 'refused' ? result.message : result.state;
  };

  describe('of approvals with roles', () => {
    beforeEach(() => register());

    it('takes those that are signed by such a key, when they are said and at the move', async () => {
      rule({ approvals: { count: 2, roles: ['admin'] } });
      expect(await open()).toEqual({ approvalsNeeded: 2, signed: true });
      const [ada, bob, cy] = [
        await person('Ada', ['admin']),
        await person('Bob', ['approver']),
        await person('Cy', ['admin', 'viewer']),
      ];
      expect(await say('approve', 'Ada')).toMatch(/takes signed decisions only/);
      expect(await say('approve', bob)).toMatch(
        /rule approvals\.roles: found a key of the role approver, expected admin\. Fix: ask somebody/,
      );
      expect(await say('approve', ada)).toBe('waiting');
      expect(await say('approve', cy)).toBe('approved');
      expect(await move()).toBe('moved');
    });

    it('does not count what was said under a looser one', async () => {
      rule({ approvals: { count: 1, roles: ['approver', 'admin'] } });
      await open();
      await say('approve', await person('Bob', ['approver']));
      rule({ approvals: { count: 1, roles: ['admin'] } });
      expect(await move()).toMatch(/rule approvals: found 0 signed approvals of the role admin, expected 1\. Fix:/);
    });
  });

  it('of four eyes keeps who started the run from approving it, in whatever spelling, and lets a claim take nothing off', async () => {
    await register();
    rule({ fourEyes: true });
    const startedBy = { by: 'Ada Long', how: 'schedule' };
    expect(await open({ startedBy })).toEqual({ approvalsNeeded: 2, signed: true });
    const [ada, bob, cy] = [
      await person('ADA  long', ['approver']),
      await person('Bob', ['approver']),
      await person('Cy', ['approver']),
    ];
    expect(await say('approve', ada)).toMatch(
      /its run was started by Ada Long \(schedule\): another person must approve/,
    );
    expect(await say('approve', bob)).toBe('waiting');
    expect(await say('approve', cy)).toBe('approved');
    expect(await move()).toBe('moved');
    expect(await registry.promotion('p')).toMatchObject({ startedBy });
  });

  it('that comes to ask for four eyes does not count the approval of who started the run', async () => {
    await register();
    rule({ approvals: 2 });
    await open({ startedBy: { by: 'Ada', how: 'command line' } });
    await say('approve', await person('Ada', ['approver']));
    await say('approve', await person('Bob', ['approver']));
    rule({ fourEyes: true });
    expect(await move()).toMatch(/rule approvals: found 1 signed approvals, expected 2/);
  });

  it('takes as many of 50 approvals that come at once as it asks', async () => {
    await register();
    rule({ approvals: 3 });
    await open();
    const said = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        registry.recordDecision({
          promotionId: 'p',
          decision: 'approve',
          by: `person ${i % 25}`,
          why: 'because',
          updateId: `at once ${i}`,
          at: NOW,
        }),
      ),
    );
    expect(said.filter(({ status }) => status === 'recorded')).toHaveLength(3);
    expect((await registry.decisions('p')).map(({ decision }) => decision)).toEqual(Array(3).fill('approve'));
    expect(await move()).toBe('moved');
  });

  describe('while somebody asks for changes', () => {
    beforeEach(async () => {
      await register();
      rule({ approvals: 1 });
      await open();
    });

    it('keeps the alias where it is until they approve, in whatever spelling of their name', async () => {
      expect(await say('request-changes', 'Ada Long')).toBe('waiting');
      expect(await say('request-changes', 'ａｄａ  LONG')).toMatch(
        /changes requested by Ada Long .*withdraw that, or approve/,
      );
      expect(await say('approve', 'Bob')).toBe('waiting');
      expect(await say('approve', 'ada long')).toBe('approved');
      expect(await move()).toBe('moved');
    });

    it('goes on once they withdraw that, which nobody else can', async () => {
      await say('request-changes', 'Ada');
      expect(await say('withdraw', 'Bob')).toMatch(
        /Bob has asked for no changes; Ada has\. They withdraw it, or an admin/,
      );
      expect(await say('approve', 'Bob')).toBe('waiting');
      expect(await say('withdraw', 'ADA')).toBe('approved');
    });

    it('takes back the approval of who asks for changes after it', async () => {
      rule({ approvals: 2 });
      const about = { model: 'demo', version: 2, alias: 'production', expectedVersion: null, reasons: [], at: NOW };
      await registry.openPromotion({ ...about, id: 'two', approvalsNeeded: 2 });
      const tell = (decision: 'approve' | 'request-changes' | 'withdraw', by: string, updateId: string) =>
        registry.recordDecision({ promotionId: 'two', decision, by, why: 'because', updateId, at: NOW });
      await tell('approve', 'Ada', '1');
      await tell('request-changes', 'Ada', '2');
      expect(await tell('approve', 'Bob', '3')).toMatchObject({
        state: 'waiting',
        approvals: 1,
        requests: [{ by: 'Ada' }],
      });
      expect(await tell('withdraw', 'Ada', '4')).toMatchObject({ state: 'waiting', approvals: 1, requests: [] });
      expect(await tell('approve', 'Ada', '5')).toMatchObject({ state: 'approved', approvals: 2 });
    });

    it('goes on when an admin takes it back or approves, with a signature', async () => {
      const root = await person('Root', ['admin']);
      await say('request-changes', 'Ada');
      expect(await say('withdraw', await person('Bob', ['approver']))).toMatch(/Bob has asked for no changes/);
      expect(await say('withdraw', root)).toBe('waiting');
      await say('request-changes', 'Ada');
      expect(await say('approve', root)).toBe('approved');
      const all = await registry.decisions('p');
      const roles = new Map([all.at(-1)!, all.at(-3)!].map(({ seq }) => [seq, { roles: ['admin' as const] }]));
      const aside = (decision: (typeof all)[number]) =>
        setAsideBy(decision, all, roles).map(({ by, seq }) => [by, seq]);
      expect(all.map(({ decision, seq }) => [decision, seq])).toEqual([
        ['request-changes', 1],
        ['withdraw', 2],
        ['request-changes', 3],
        ['approve', 4],
      ]);
      expect(all.map(aside)).toEqual([[], [['Ada', 1]], [], [['Ada', 3]]]);
    });

    it('is asked for at the move, too', async () => {
      await say('approve', 'Bob');
      const late = { promotionId: 'p', decision: 'request-changes' as const, by: 'Ada', why: 'because', at: NOW };
      await appendDecision(db, 'demo', { ...late, updateId: 'late' });
      expect(await move()).toBe(
        refusal(
          'rule request for changes: found one by Ada (because), expected none. Fix: they approve or withdraw it, or an admin does',
        ),
      );
    });

    it('can not be said of what is approved already', async () => {
      await say('approve', 'Bob');
      expect(await say('request-changes', 'Ada')).toMatch(/already decided: approved by Bob/);
    });
  });
});
