import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { RequestError } from '../../common/errors.ts';
import { sha256Of } from '../../common/hash.ts';
import { transaction } from '../../sql/transaction.ts';
import type { RegistryTables } from '../schema.ts';

type Db = Kysely<RegistryTables>;

/** A key that asks the gateway. The registry knows the hash of its secret alone. Append-only; a revoked one stays readable. */
export interface AccessKey {
  id: string;
  /** Whose it is. */
  subject: string;
  /** What passages it may see, beside those that everybody may. */
  groups: string[];
  by: string;
  at: string;
  expiresAt?: string | undefined;
  revoked?: { by: string; why: string; at: string } | undefined;
}

const GroupsSchema = z.array(z.string().min(1));
const PREFIX = 'wsk';
const SHAPE = /^wsk_([0-9a-f]{12})_([\w-]{43})$/;

/** Whether a bearer's token means to be one of these: others are what clients send who were told that any will do. */
export const isAccessKey = (token: string): boolean => token.startsWith(`${PREFIX}_`);

/** Makes a key. @returns what the bearer sends: it is shown once and kept nowhere */
export async function createAccessKey(
  db: Db,
  { groups, ...key }: Omit<AccessKey, 'id' | 'revoked'>,
): Promise<{ key: AccessKey; token: string }> {
  const id = randomBytes(6).toString('hex');
  const token = `${PREFIX}_${id}_${randomBytes(32).toString('base64url')}`;
  const wanted = [...new Set(GroupsSchema.parse(groups))].sort();
  await db
    .insertInto('accessKeys')
    .values({
      ...key,
      id,
      groups: JSON.stringify(wanted),
      secretSha256: sha256Of(token),
      expiresAt: key.expiresAt ?? null,
    })
    .execute();
  return { key: { ...key, id, groups: wanted }, token };
}

/** Every key, oldest first, the revoked ones too. */
export async function listAccessKeys(db: Db): Promise<AccessKey[]> {
  return (await rowsOf(db).orderBy('accessKeys.at').orderBy('accessKeys.id').execute()).map(toKey);
}

/** Who a token is of, or why it is of nobody, in words. */
export async function bearerOf(db: Db, token: string, now: string): Promise<AccessKey | { refused: string }> {
  const [, id] = SHAPE.exec(token) ?? [];
  const row = id === undefined ? undefined : await rowsOf(db).where('accessKeys.id', '=', id).executeTakeFirst();
  if (!row || !timingSafeEqual(Buffer.from(row.secretSha256), Buffer.from(sha256Of(token))))
    return { refused: 'no such key' };
  const key = toKey(row);
  if (key.revoked) return { refused: `key ${key.id} was revoked at ${key.revoked.at}` };
  if (key.expiresAt && Date.parse(key.expiresAt) <= Date.parse(now))
    return { refused: `key ${key.id} expired at ${key.expiresAt}` };
  return key;
}

/** Ends a key for good. @returns false where it had ended already, undefined where there is none @throws RequestError for an empty id */
export async function revokeAccessKey(
  db: Db,
  { id, ...rest }: { id: string; by: string; why: string; at: string },
): Promise<boolean | undefined> {
  if (id === '') throw new RequestError('id is empty; npx whetstone keys list shows them');
  return transaction(db, async (trx) => {
    const row = await rowsOf(trx).where('accessKeys.id', '=', id).executeTakeFirst();
    if (!row) return undefined;
    if (row.revokedAt !== null) return false;
    await trx
      .insertInto('accessKeyRevocations')
      .values({ keyId: id, ...rest })
      .execute();
    return true;
  });
}

const rowsOf = (db: Db) =>
  db
    .selectFrom('accessKeys')
    .leftJoin('accessKeyRevocations as ended', 'ended.keyId', 'accessKeys.id')
    .selectAll('accessKeys')
    .select(['ended.by as revokedBy', 'ended.why as revokedWhy', 'ended.at as revokedAt']);

function toKey(row: Awaited<ReturnType<ReturnType<typeof rowsOf>['execute']>>[number]): AccessKey {
  const { groups, secretSha256: _kept, expiresAt, revokedBy, revokedWhy, revokedAt, ...plain } = row;
  return {
    ...plain,
    groups: GroupsSchema.parse(JSON.parse(groups)),
    ...(expiresAt !== null && { expiresAt }),
    ...(revokedAt !== null && { revoked: { by: revokedBy!, why: revokedWhy!, at: revokedAt } }),
  };
}
