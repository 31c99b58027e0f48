import type { Kysely } from 'kysely';
import { samePerson } from '../../contract/people.ts';
import { MAY_SIGN, type DecisionProof, type Role, type SignedDecision } from '../../schema/identity.ts';
import type { Promotion, RegistryTables } from '../schema.ts';
import { findKey, rolesFrom } from './keys.ts';
import { isSigned } from './signature.ts';

type Db = Kysely<RegistryTables>;

/** A decision that says who made it and proves it. */
export interface ProvenDecision {
  by: string;
  why: string;
  decision: SignedDecision;
  proof: DecisionProof;
  /** Now, ISO 8601. */
  at: string;
}

/** How far the signer's clock may run ahead of ours. */
const CLOCKS_MS = 5 * 60_000;

/**
 * Whose decision it is, or why it does not count: unknown, revoked and expired keys, keys without the role, what was changed after
 * signing, what was signed for another promotion, evidence or decision, what has expired, and what was used before.
 * @returns whose key it is and what it may, or the reason in words
 */
export async function verifyDecision(
  trx: Db,
  { promotion, ...given }: ProvenDecision & { promotion: Pick<Promotion, 'id' | 'evidenceSha256'> },
): Promise<{ subject: string; roles: readonly Role[] } | { refused: string }> {
  const { proof, by, why, decision, at } = given;
  const { signature, ...signed } = proof;
  const refused = (reason: string) => ({ refused: `${reason}; nothing was changed` });

  const key = await findKey(trx, proof.key);
  if (!key) return refused(`key ${proof.key} is not in this registry: put it in with npx whetstone keys create`);
  const { subject, roles, revoked, expiresAt } = key;
  if (!isSigned({ statement: { ...signed, by, why }, signature, publicKey: key.publicKey }))
    return refused(
      `the signature of key ${key.id} does not fit: something was changed after signing, or another key signed it. Sign it again with --sign`,
    );
  if (!samePerson(by, subject)) return refused(`key ${key.id} is ${subject}'s, but the decision says by ${by}`);
  if (proof.promotion !== promotion.id) return refused(`it was signed for another promotion, ${proof.promotion}`);
  if (proof.decision !== decision) return refused(`it was signed to ${proof.decision}, and sent to ${decision}`);
  if (proof.evidence !== (promotion.evidenceSha256 ?? null)) {
    const own = promotion.evidenceSha256 ?? 'none';
    return refused(`it was signed for other evidence, ${proof.evidence ?? 'none'}; this promotion carries ${own}`);
  }
  if (revoked)
    return refused(`key ${key.id} of ${subject} was revoked by ${revoked.by} at ${revoked.at}: ${revoked.why}`);
  if (expiresAt && isPast(expiresAt, at)) return refused(`key ${key.id} of ${subject} expired at ${expiresAt}`);
  const may = MAY_SIGN[decision];
  if (!roles.some((role) => may.includes(role)))
    return refused(
      `key ${key.id} of ${subject} has the role ${roles.join(', ')}, and to ${decision} takes ${may.join(' or ')}`,
    );
  if (isPast(proof.expires, at)) return refused(`the signature expired at ${proof.expires}. Sign it again with --sign`);
  if (Date.parse(proof.at) > Date.parse(at) + CLOCKS_MS)
    return refused(`it was signed at ${proof.at}, and it is ${at} here: set the clock of the machine that signs`);
  const used = await trx
    .selectFrom('decisionSignatures')
    .select('promotionId')
    .where('nonce', '=', proof.nonce)
    .executeTakeFirst();
  if (used) return refused(`this signature was used before, on ${used.promotionId}. Sign it again with --sign`);
  return { subject, roles };
}

const isPast = (time: string, now: string) => Date.parse(time) <= Date.parse(now);

/** Keeps what proved a decision: it can be verified again, and not be used again. */
export async function keepProof(
  trx: Db,
  { promotionId, seq, proof }: { promotionId: string; seq: number; proof: DecisionProof },
): Promise<void> {
  const { nonce, key } = proof;
  await trx
    .insertInto('decisionSignatures')
    .values({ nonce, promotionId, seq, keyId: key, proof: JSON.stringify(proof) })
    .execute();
}

/** By the number of the decision within its promotion: the key that signed it, and its roles. */
export async function keysOfDecisions(
  trx: Db,
  promotionId: string,
): Promise<ReadonlyMap<number, { keyId: string; roles: readonly Role[] }>> {
  const rows = await trx
    .selectFrom('decisionSignatures')
    .innerJoin('signingKeys', 'signingKeys.id', 'decisionSignatures.keyId')
    .select(['seq', 'keyId', 'roles'])
    .where('promotionId', '=', promotionId)
    .execute();
  return new Map(rows.map(({ seq, keyId, roles }) => [seq, { keyId, roles: rolesFrom(roles) }]));
}
