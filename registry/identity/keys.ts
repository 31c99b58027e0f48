import type { Kysely } from 'kysely';
import { z } from 'zod';
import { RequestError } from '../../common/errors.ts';
import { ROLES, type Role } from '../../schema/identity.ts';
import { transaction } from '../../sql/transaction.ts';
import type { RegistryTables } from '../schema.ts';

type Db = Kysely<RegistryTables>;

/** A person's key, as far as the registry knows it: the public half. Append-only; a revoked one stays readable. */
export interface SigningKey {
  id: string;
  /** Whose it is. */
  subject: string;
  roles: Role[];
  publicKey: string;
  /** Who put it in, as claimed, and when. */
  by: string;
  at: string;
  expiresAt?: string | undefined;
  revoked?: { by: string; why: string; at: string } | undefined;
}

const RolesSchema = z.array(z.enum(ROLES)).min(1);

/** Roles as a row has them; none where there is no key. */
export const rolesFrom = (json: string | null): Role[] => (json === null ? [] : RolesSchema.parse(JSON.parse(json)));

/** Puts in a public key, once: who comes with the same one again is told so. @throws RequestError */
export async function addKey(db: Db, key: Omit<SigningKey, 'revoked'>): Promise<SigningKey> {
  return transaction(db, async (trx) => {
    const existing = await findKey(trx, key.id);
    if (existing)
      throw new RequestError(
        `key ${key.id} is in the registry already: ${existing.subject}'s, since ${existing.at}. A key belongs to one person; make another one`,
      );
    const { roles, expiresAt, ...plain } = key;
    await trx
      .insertInto('signingKeys')
      .values({ ...plain, roles: JSON.stringify(RolesSchema.parse(roles)), expiresAt: expiresAt ?? null })
      .execute();
    return key;
  });
}

/** Every key, oldest first, the revoked ones too. */
export async function listKeys(db: Db): Promise<SigningKey[]> {
  return (await rowsOf(db).orderBy('signingKeys.at').orderBy('signingKeys.id').execute()).map(toKey);
}

export async function findKey(db: Db, id: string): Promise<SigningKey | undefined> {
  const row = await rowsOf(db).where('signingKeys.id', '=', id).executeTakeFirst();
  return row && toKey(row);
}

/**
 * Ends a key for good; what it signed before and was recorded stays. @returns false where it had ended already
 * @throws RequestError for a key that is not there
 */
export async function revokeKey(db: Db, input: { id: string; by: string; why: string; at: string }): Promise<boolean> {
  const { id, ...rest } = input;
  return transaction(db, async (trx) => {
    const key = await findKey(trx, id);
    if (!key)
      throw new RequestError(`no key ${JSON.stringify(id)} in the registry; npx whetstone keys list shows them`);
    if (key.revoked) return false;
    await trx
      .insertInto('keyRevocations')
      .values({ keyId: id, ...rest })
      .execute();
    return true;
  });
}

const rowsOf = (db: Db) =>
  db
    .selectFrom('signingKeys')
    .leftJoin('keyRevocations', 'keyRevocations.keyId', 'signingKeys.id')
    .selectAll('signingKeys')
    .select(['keyRevocations.by as revokedBy', 'keyRevocations.why as revokedWhy', 'keyRevocations.at as revokedAt']);

function toKey(row: Awaited<ReturnType<ReturnType<typeof rowsOf>['execute']>>[number]): SigningKey {
  const { roles, expiresAt, revokedBy, revokedWhy, revokedAt, ...plain } = row;
  return {
    ...plain,
    roles: rolesFrom(roles),
    ...(expiresAt !== null && { expiresAt }),
    ...(revokedAt !== null && { revoked: { by: revokedBy!, why: revokedWhy!, at: revokedAt } }),
  };
}
