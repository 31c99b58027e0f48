import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DecisionInputSchema } from '../../contract/deciding.ts';
import { openRegistry, type OpenRegistry } from '../../registry/open.ts';
import type { NewVersion } from '../../registry/versions.ts';
import { findKeyFile } from './key-file.ts';
import { createKey, grantKey, standingOf } from './keys.ts';
import { signDecision } from './sign-decision.ts';

let folder: string;
let opened: OpenRegistry;
let env: NodeJS.ProcessEnv;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whetstone-identity-'));
  env = { XDG_CONFIG_HOME: folder };
  const production = { description: '', approvals: 1, evidence: [], authenticated: true };
  opened = await openRegistry({ url: join(folder, 'registry.db'), policies: { production } });
});
afterEach(async () => {
  await opened.close();
  await rm(folder, { recursive: true, force: true });
});

const create = (more: Partial<Parameters<typeof createKey>[1]> = {}) =>
  createKey(opened.registry, { subject: 'Ada Long', roles: ['approver'], by: 'root', ...more }, env);
const ask = { promotion: 'p', decision: 'approve' as const, evidence: 'e1', why: 'read all of it' };

it('a key is made for its owner alone, and the registry keeps its public half', async () => {
  const { key, file } = await create({ subject: ' Ada   Long ' });
  expect(key).toMatchObject({ subject: 'Ada Long', roles: ['approver'], id: expect.stringMatching(/^[0-9a-f]{16}$/) });
  expect(file).toBe(join(folder, 'whetstone', 'keys', 'ada-long.key'));
  expect((await stat(file!)).mode & 0o777).toBe(0o600);
  expect((await stat(join(file!, '..'))).mode & 0o777).toBe(0o700);
  const [secret = ''] = /(?<=KEY-----\n)[\s\S]*?(?=\n-----END)/.exec(await readFile(file!, 'utf8')) ?? [];
  expect(secret.length).toBeGreaterThan(40);
  await opened.close();
  const database = await readFile(join(folder, 'registry.db'));
  expect(database.includes(key.publicKey)).toBe(true);
  expect(database.includes(secret)).toBe(false);
  expect(database.includes(Buffer.from(secret, 'base64').subarray(-32))).toBe(false);
  opened = await openRegistry({ url: join(folder, 'registry.db') });
});

it('what a person signs is what the registry takes, once', async () => {
  const { registry } = opened;
  const version: NewVersion = {
    model: 'demo',
    candidate: 'tuned',
    runId: 'r',
    base: 'b',
    systemPrompt: '',
    at: '2026-11-26T10:00:00Z',
    ref: { uri: 'file:///w', sha256: 'w' },
    sampling: { temperature: 0, maxTokens: 96 },
  };
  await registry.registerVersion(version);
  await registry.openPromotion({
    id: 'p',
    model: 'demo',
    version: 1,
    alias: 'production',
    expectedVersion: null,
    evidenceSha256: 'e1',
    reasons: [],
    approvalsNeeded: 2,
    at: version.at,
  });
  await create();
  const input = DecisionInputSchema.parse(
    JSON.parse(JSON.stringify(await signDecision({ ...ask, keyFile: await findKeyFile(env) }))),
  );
  expect(input.by).toBe('Ada Long');
  const { signed: proof, ...said } = input;
  const send = (updateId: string) =>
    registry.recordDecision({
      promotionId: 'p',
      decision: 'approve',
      updateId,
      proof,
      at: new Date().toISOString(),
      ...said,
    });
  expect(await send('1')).toMatchObject({ status: 'recorded', approvals: 1 });
  expect(await send('2')).toMatchObject({ status: 'refused' });
});

it('a public key comes from its owner, who made the pair with openssl', async () => {
  const [own, pub] = [join(folder, 'me.key'), join(folder, 'me.pub')];
  execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', own]);
  execFileSync('openssl', ['pkey', '-in', own, '-pubout', '-out', pub]);
  await chmod(own, 0o600);
  const { key, file } = await create({ publicKeyFile: pub });
  expect(file).toBeUndefined();
  const { by, signed } = await signDecision({ ...ask, by: 'Ada Long', keyFile: own });
  expect([by, signed?.key]).toEqual(['Ada Long', key.id]);
  await expect(signDecision({ ...ask, keyFile: own })).rejects.toThrow(/does not say whose key it is; add --by/);
  await expect(create({ publicKeyFile: own })).rejects.toThrow(/found a private key; expected the public half/);
  await expect(create({ publicKeyFile: pub, subject: 'Eve' })).rejects.toThrow(
    /is in the registry already: Ada Long's/,
  );
});

it('a key file is never overwritten, not read where others may, and not another person', async () => {
  const { file = '' } = await create();
  await expect(create()).rejects.toThrow(/is there already, and a key is never overwritten/);
  await expect(signDecision({ ...ask, by: 'Eve', keyFile: file })).rejects.toThrow(
    /found 'Eve', but .* the key of Ada Long/,
  );
  await chmod(file, 0o644);
  await expect(signDecision({ ...ask, keyFile: file })).rejects.toThrow(/others may read .*mode 644.*chmod 600/);
  await expect(signDecision({ ...ask, keyFile: join(folder, 'none') })).rejects.toThrow(/no such key file/);
  await writeFile(join(folder, 'bad'), 'Subject: Ada\n', { mode: 0o600 });
  await expect(signDecision({ ...ask, keyFile: join(folder, 'bad') })).rejects.toThrow(/found no private key in PEM/);
});

it('the key to sign with is the only one, or is named', async () => {
  await expect(findKeyFile(env)).rejects.toThrow(/no key in .*whetstone keys create/);
  await create();
  expect(await findKeyFile(env)).toMatch(/ada-long\.key$/);
  await create({ subject: 'Bob' });
  await expect(findKeyFile(env)).rejects.toThrow(
    /several keys in .*ada-long\.key, bob\.key; say whose: --by NAME; or name the one/,
  );
});

it('of several keys that of who signs is found by their name', async () => {
  const { file: ada } = await create();
  const { file: abe } = await create({ subject: 'Abe Admin' });
  expect(await findKeyFile(env, 'abe admin')).toBe(abe);
  expect(await findKeyFile(env, 'Ada  Long')).toBe(ada);
  await expect(findKeyFile(env, 'Eve')).rejects.toThrow(
    /of which none says that it is Eve's; say whose: --by NAME; or name the one to sign with/,
  );
  await expect(findKeyFile(env)).rejects.toThrow(/several keys/);
});

it('a key that asks is of a person, for groups, and ends when it was to', async () => {
  const grant = (more: object = {}) =>
    grantKey(opened.registry, { subject: ' Ada  Long', groups: [' midwives '], by: 'root', expiresInDays: 1, ...more });
  const { key, token } = await grant();
  expect(key).toMatchObject({ subject: 'Ada Long', groups: ['midwives'] });
  expect(await opened.registry.bearer(token, new Date().toISOString())).toMatchObject({ id: key.id });
  expect(standingOf(key, new Date(Date.now() + 2 * 86_400_000))).toBe('expired');
  await expect(grant({ groups: [] })).rejects.toThrow(/group is empty/);
  await expect(grant({ groups: ['a', ' '] })).rejects.toThrow(/group is empty/);
  await expect(grant({ subject: ' ' })).rejects.toThrow(/subject is empty/);
});

it('roles and subjects are checked, and a key ends when it was to', async () => {
  await expect(create({ roles: ['boss'] })).rejects.toThrow(/found 'boss', expected viewer, operator, approver, admin/);
  await expect(create({ subject: ' \u200B ' })).rejects.toThrow(/subject is empty/);
  const { key } = await create({ expiresInDays: 1 });
  expect(standingOf(key, new Date())).toBe('valid');
  expect(standingOf(key, new Date(Date.now() + 2 * 86_400_000))).toBe('expired');
});
