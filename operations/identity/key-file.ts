import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { RequestError } from '../../common/errors.ts';
import { samePerson } from '../../contract/people.ts';

/** A person's private key: a PEM file that they alone may read. The registry never sees it. */

/** Where a person's keys lie: `whetstone/keys` below XDG_CONFIG_HOME, by default `~/.config`. */
export const keyFolder = (env: NodeJS.ProcessEnv): string =>
  join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config'), 'whetstone', 'keys');

const ENDING = '.key';

/**
 * Makes a key and writes it down, for its owner alone.
 * @returns its public half @throws RequestError where the file is there already
 */
export async function makeKeyFile(file: string, subject: string): Promise<KeyObject> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  await mkdir(join(file, '..'), { recursive: true, mode: 0o700 });
  // What stands before a PEM block is a remark.
  const text = `Subject: ${subject.replace(/\s+/g, ' ')}\n${pem}`;
  await writeFile(file, text, { mode: 0o600, flag: 'wx' }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EEXIST') throw cause;
    throw new RequestError(`${file} is there already, and a key is never overwritten. Name another file with --key`, {
      cause,
    });
  });
  await chmod(file, 0o600);
  return publicKey;
}

/** The name of a new key file of this subject. */
export function newKeyFile(env: NodeJS.ProcessEnv, subject: string): string {
  const name = subject
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
  return join(keyFolder(env), `${name || 'me'}${ENDING}`);
}

/**
 * The one private key of this person.
 * @param by whose, where several people's keys lie there
 * @throws RequestError where there is none, or several
 */
export async function findKeyFile(env: NodeJS.ProcessEnv, by?: string): Promise<string> {
  const folder = keyFolder(env);
  const files = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(ENDING)).sort();
  const [only, ...others] = files;
  if (only !== undefined && others.length === 0) return join(folder, only);
  const own = by === undefined ? [] : await keysOf(folder, files, by);
  if (own.length === 1) return join(folder, own[0]!);
  throw new RequestError(
    only === undefined
      ? `no key in ${folder}. Make one: npx whetstone keys create --subject "your name" --role approver   (or name the file with --key)`
      : `several keys in ${folder}: ${files.join(', ')}${by === undefined ? '' : `, of which ${own.length === 0 ? 'none says that it is' : `${own.join(', ')} are`} ${by}'s`}; say whose: --by NAME; or name the one to sign with: --key ${join(folder, only)}`,
  );
}

/** Those that say that they are this person's; one that can't be read says nothing. */
async function keysOf(folder: string, files: readonly string[], by: string): Promise<string[]> {
  const subjects = await Promise.all(
    files.map(async (name) => subjectOf(await readFile(join(folder, name), 'utf8').catch(() => ''))),
  );
  return files.filter((_, i) => subjects[i] !== undefined && samePerson(subjects[i], by));
}

const subjectOf = (pem: string): string | undefined => /^Subject: (.+)$/m.exec(pem)?.[1]?.trim();

/**
 * Reads a private key, and whose it says that it is.
 * @throws RequestError for a file that is not there, that others may read, or that holds no private key
 */
export async function readKeyFile(file: string): Promise<{ privateKey: KeyObject; subject: string | undefined }> {
  const { mode } = await stat(file).catch((cause: unknown) => {
    throw new RequestError(`${file}: no such key file`, { cause });
  });
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw new RequestError(
      `${file}: others may read this private key (mode ${(mode & 0o777).toString(8)}). Fix: chmod 600 ${file}`,
    );
  const text = await readFile(file, 'utf8');
  try {
    return { privateKey: createPrivateKey(text), subject: subjectOf(text) };
  } catch (cause) {
    throw new RequestError(`${file}: found no private key in PEM without a passphrase; expected one of Ed25519`, {
      cause,
    });
  }
}

/** Reads a public key that was made elsewhere, in PEM. @throws RequestError */
export async function readPublicKey(file: string): Promise<KeyObject> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new RequestError(`${file}: no such file`, { cause });
  });
  if (text.includes('PRIVATE KEY'))
    throw new RequestError(
      `${file}: found a private key; expected the public half: openssl pkey -in ${basename(file)} -pubout -out me.pub`,
    );
  try {
    return createPublicKey(text);
  } catch (cause) {
    throw new RequestError(`${file}: found no public key in PEM; expected what openssl pkey -pubout writes`, { cause });
  }
}
