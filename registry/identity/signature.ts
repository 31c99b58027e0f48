import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { sha256Of } from '../../common/hash.ts';
import { canonicalJson } from '../../common/canonical-json.ts';
import { RequestError } from '../../common/errors.ts';
import type { DecisionProof, Statement } from '../../schema/identity.ts';

/** Ed25519 over the canonical text of a decision. Who verifies holds no secret. */

/** Signatures of other texts by the same key are no decisions. A change here is another version. */
const DOMAIN = 'whetstone decision v1\n';

/** What is signed: equal statements have one text, whatever the order of their fields. */
export function signedText({ by, why, promotion, decision, evidence, key, at, expires, nonce }: Statement): Buffer {
  return Buffer.from(
    DOMAIN + canonicalJson({ by, why, promotion, decision, evidence, key, at, expires, nonce }),
    'utf8',
  );
}

/** What goes with the decision to prove it. */
export function signStatement(statement: Statement, privateKey: KeyObject): DecisionProof {
  const { by: _by, why: _why, ...proof } = statement;
  return { ...proof, signature: sign(null, signedText(statement), privateKey).toString('base64') };
}

/** Whether this key signed exactly this. @param publicKey as the registry keeps it */
export function isSigned(options: { statement: Statement; signature: string; publicKey: string }): boolean {
  const { statement, signature, publicKey } = options;
  return verify(null, signedText(statement), publicKeyOf(publicKey), Buffer.from(signature, 'base64'));
}

/** A public key as the registry keeps it (SPKI in base64), with its id: the beginning of its hash. */
export function describePublicKey(key: KeyObject): { id: string; publicKey: string } {
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new RequestError(
      `the key is of the kind ${key.asymmetricKeyType ?? key.type}; expected Ed25519. Make one: openssl genpkey -algorithm ed25519 -out me.key`,
    );
  }
  const spki = (key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'der' });
  return {
    id: sha256Of(spki).slice(0, 16),
    publicKey: spki.toString('base64'),
  };
}

const publicKeyOf = (publicKey: string) =>
  createPublicKey({ key: Buffer.from(publicKey, 'base64'), type: 'spki', format: 'der' });
