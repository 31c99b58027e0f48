import type { Kysely } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDatabase } from '../../sql/database.ts';
import { onEachDatabase } from '../../test/support/databases.ts';
import { migrateRegistry } from '../migrate.ts';
import type { RegistryTables } from '../schema.ts';
import { createRegistry, type Registry } from '../store.ts';
import { isAccessKey } from './access-keys.ts';

const AT = '2026-11-26T10:00:00.000Z';
const LATER = '2026-11-27T10:00:00.000Z';

onEachDatabase('keys that ask the gateway', ({ create }) => {
  let db: Kysely<RegistryTables>;
  let registry: Registry;
  beforeEach(async () => {
    db = await openDatabase<RegistryTables>(await create());
    await migrateRegistry(db);
    registry = createRegistry(db);
  });
  afterEach(() => db.destroy());
  const make = (more = {}) =>
    registry.createAccessKey({ subject: 'Ann', groups: ['nurses', 'midwives', 'nurses'], by: 'root', at: AT, ...more });

  it('say whose they are and what they may see, and no secret is kept', async () => {
    const { key, token } = await make({ expiresAt: LATER });
    expect(isAccessKey(token)).toBe(true);
    expect(key).toMatchObject({ subject: 'Ann', groups: ['midwives', 'nurses'] });
    expect(await registry.bearer(token, AT)).toEqual(key);
    expect(await registry.accessKeys()).toEqual([key]);
    const rows = JSON.stringify(await db.selectFrom('accessKeys').selectAll().execute());
    expect(rows).not.toContain(token.split('_').slice(2).join('_'));
  });

  it('end when they were to, and when somebody ends them, for good', async () => {
    const { token } = await make({ expiresAt: LATER });
    expect(await registry.bearer(token, LATER)).toMatchObject({ refused: expect.stringContaining('expired') });
    const { key, token: other } = await make();
    const end = { id: key.id, by: 'root', why: 'lost', at: AT };
    expect(await registry.revokeAccessKey(end)).toBe(true);
    expect(await registry.revokeAccessKey(end)).toBe(false);
    expect(await registry.revokeAccessKey({ ...end, id: 'none' })).toBeUndefined();
    expect(await registry.bearer(other, AT)).toEqual({ refused: `key ${key.id} was revoked at ${AT}` });
    expect((await registry.accessKeys()).find(({ id }) => id === key.id)?.revoked).toEqual({
      by: 'root',
      why: 'lost',
      at: AT,
    });
  });

  it('of another are of nobody, whatever they look like', async () => {
    const { token, key } = await make();
    const [, id = '', secret = ''] = /^wsk_([0-9a-f]+)_(.+)$/.exec(token) ?? [];
    const { token: another } = await make();
    const crossed = `wsk_${id}_${another.slice(-43)}`;
    for (const text of [
      '',
      'wsk_',
      `wsk_${id}_`,
      `wsk_${id}_${secret}x`,
      crossed,
      `wsk_${'0'.repeat(12)}_${secret}`,
      key.id,
    ])
      expect(await registry.bearer(text, AT)).toEqual({ refused: 'no such key' });
  });

  it('can not be given other groups, or be taken away, by whoever holds the database', async () => {
    const { key } = await make();
    await registry.revokeAccessKey({ id: key.id, by: 'root', why: 'lost', at: AT });
    await expect(db.updateTable('accessKeys').set({ groups: '["boss"]' }).execute()).rejects.toThrow('append-only');
    await expect(db.deleteFrom('accessKeys').execute()).rejects.toThrow('append-only');
    await expect(db.deleteFrom('accessKeyRevocations').execute()).rejects.toThrow('append-only');
  });
});
