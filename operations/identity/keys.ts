import { RequestError } from '../../common/errors.ts';
import { spelling } from '../../contract/people.ts';
import { describePublicKey } from '../../registry/identity/signature.ts';
import type { AccessKey } from '../../registry/identity/access-keys.ts';
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
  const subject = personNamed(given);
  const common = { subject, roles: [...new Set(roles.map(roleOf))], by, ...lifeOf(expiresInDays) };
  if (publicKeyFile !== undefined) {
    const described = describePublicKey(await readPublicKey(publicKeyFile));
    return { key: await registry.addKey({ ...described, ...common }), file: undefined };
  }
  const privateFile = file ?? newKeyFile(env, subject);
  const described = describePublicKey(await makeKeyFile(privateFile, subject));
  return { key: await registry.addKey({ ...described, ...common }), file: privateFile };
}

/**
 * Makes a key that asks the gateway: of its secret the registry keeps a hash.
 * @returns what its bearer sends, which can't be shown again @throws RequestError
 */
export async function grantKey(
  registry: Pick<Registry, 'createAccessKey'>,
  {
    subject,
    groups,
    by,
    expiresInDays,
  }: { subject: string; groups: readonly string[] } & Pick<NewKey, 'by' | 'expiresInDays'>,
): Promise<{ key: AccessKey; token: string }> {
  const wanted = groups.map((group) => group.trim());
  if (wanted.length === 0 || wanted.includes(''))
    throw new RequestError("group is empty; expected one of those that documents' labels name", { field: 'group' });
  return registry.createAccessKey({ subject: personNamed(subject), groups: wanted, by, ...lifeOf(expiresInDays) });
}

function personNamed(given: string): string {
  const subject = given.normalize('NFKC').trim().replace(/\s+/g, ' ');
  if (spelling(subject) !== '') return subject;
  throw new RequestError('subject is empty; expected the name of a person', { field: 'subject' });
}

function lifeOf(days: number | undefined): { at: string; expiresAt?: string } {
  const at = new Date();
  const expiresAt = days === undefined ? undefined : new Date(at.getTime() + days * DAY_MS).toISOString();
  return { at: at.toISOString(), ...(expiresAt !== undefined && { expiresAt }) };
}

function roleOf(name: string): Role {
  const found = ROLES.find((role) => role === name);
  if (found) return found;
  throw new RequestError(`role: found '${name}', expected ${ROLES.join(', ')}`, { field: 'role' });
}

/** Whether a key still counts, in a word. */
export function standingOf({ revoked, expiresAt }: Pick<SigningKey, 'revoked' | 'expiresAt'>, now: Date): string {
  if (revoked) return 'revoked';
  return expiresAt !== undefined && Date.parse(expiresAt) <= now.getTime() ? 'expired' : 'valid';
}
