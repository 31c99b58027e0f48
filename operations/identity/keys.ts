import { RequestError } from '../../common/errors.ts';
import { spelling } from '../../contract/people.ts';
import { describePublicKey } from '../../registry/identity/signature.ts';
import type { SigningKey } from '../../registry/identity/keys.ts';
import type { Registry } from '../../registry/store.ts';
import { ROLES, type Role } from '../../schema/identity.ts';
import { makeKeyFile, newKeyFile, readPublicKey } from './key-file.ts';

export { ROLES };

const DAY_MS = 86_400_000;

export interface NewKey {
  subject: string;
  roles: readonly string[];
  by: string;
  expiresInDays?: number | undefined;
  /** A public key that its owner made; without, a pair is made here. */
  publicKeyFile?: string | undefined;
  /** Where the private key is written. */
  file?: string | undefined;
}

/**
 * Puts a person's public key into the registry, and where none is given makes the pair.
 * @returns the key, and the file of its private half where it was made here
 * @throws RequestError
 */
export async function createKey(
  registry: Registry,
  { subject: given, roles, by, expiresInDays, publicKeyFile, file }: NewKey,
  env: NodeJS.ProcessEnv,
): Promise<{ key: SigningKey; file: string | undefined }> {
  const subject = given.normalize('NFKC').trim().replace(/\s+/g, ' ');
  if (spelling(subject) === '')
    throw new RequestError('subject is empty; expected the name of a person', { field: 'subject' });
  const at = new Date();
  const common = {
    subject,
    roles: [...new Set(roles.map(roleOf))],
    by,
    at: at.toISOString(),
    ...(expiresInDays !== undefined && { expiresAt: new Date(at.getTime() + expiresInDays * DAY_MS).toISOString() }),
  };
  if (publicKeyFile !== undefined) {
    const described = describePublicKey(await readPublicKey(publicKeyFile));
    return { key: await registry.addKey({ ...described, ...common }), file: undefined };
  }
  const privateFile = file ?? newKeyFile(env, subject);
  const described = describePublicKey(await makeKeyFile(privateFile, subject));
  return { key: await registry.addKey({ ...described, ...common }), file: privateFile };
}

function roleOf(name: string): Role {
  const found = ROLES.find((role) => role === name);
  if (found) return found;
  throw new RequestError(`role: found '${name}', expected ${ROLES.join(', ')}`, { field: 'role' });
}

/** Whether a key can still sign, in a word. */
export function standingOf({ revoked, expiresAt }: Pick<SigningKey, 'revoked' | 'expiresAt'>, now: Date): string {
  if (revoked) return 'revoked';
  return expiresAt !== undefined && Date.parse(expiresAt) <= now.getTime() ? 'expired' : 'valid';
}
