import { randomUUID } from 'node:crypto';
import { RequestError } from '../../common/errors.ts';
import { samePerson } from '../../contract/people.ts';
import type { DecisionInput } from '../../contract/deciding.ts';
import type { SignedDecision } from '../../schema/identity.ts';
import { describePublicKey, signStatement } from '../../registry/identity/signature.ts';
import { readKeyFile } from './key-file.ts';

const HOUR_MS = 3_600_000;
/** How long a signed decision may be sent, unless its signer says otherwise. */
export const SIGNED_FOR_HOURS = 24;

export interface DecisionToSign {
  promotion: string;
  decision: SignedDecision;
  /** Hash of the evaluation that the person decided by. */
  evidence: string | null;
  why: string;
  /** Whose key it is, where its file does not say so. */
  by?: string | undefined;
  keyFile: string;
  hours?: number;
}

/** A decision with what proves it: the input of the Update. @throws RequestError for a key that can't be used */
export async function signDecision(options: DecisionToSign): Promise<DecisionInput> {
  const { promotion, decision, evidence, why, by: claimed, keyFile, hours = SIGNED_FOR_HOURS } = options;
  const { privateKey, subject } = await readKeyFile(keyFile);
  const by = subject ?? claimed;
  if (by === undefined)
    throw new RequestError(
      `${keyFile} does not say whose key it is; add --by "your name", as npx whetstone keys list has it`,
    );
  if (claimed !== undefined && !samePerson(by, claimed))
    throw new RequestError(
      `by: found '${claimed}', but ${keyFile} is the key of ${by}; leave --by out, or sign with another --key`,
    );
  const now = Date.now();
  const { id: key } = describePublicKey(privateKey);
  const statement = {
    by,
    why,
    promotion,
    decision,
    evidence,
    key,
    at: new Date(now).toISOString(),
    expires: new Date(now + hours * HOUR_MS).toISOString(),
    nonce: randomUUID(),
  };
  return { by, why, signed: signStatement(statement, privateKey) };
}
