import { ArtifactError, ArtifactsUnreachableError, MissingArtifactError } from '../../common/errors.ts';
import { reasonOf } from '../checks.ts';
import { parseUri } from './location.ts';

/** What S3 answers, in words that say what to do. */

/** What the AWS SDK's errors carry. */
interface S3Failure extends Error {
  $metadata?: { httpStatusCode?: number; attempts?: number };
  Code?: string;
  code?: string;
}

const asFailure = (error: unknown): S3Failure => (error instanceof Error ? error : new Error(String(error)));

export const statusOf = (error: unknown): number | undefined => asFailure(error).$metadata?.httpStatusCode;

/** A condition that did not hold: something is there already, or another writer is at it. */
export const isTaken = (error: unknown): boolean => statusOf(error) === 412 || statusOf(error) === 409;

/** Nothing is there; not said of a bucket. */
export const isMissing = (error: unknown): boolean =>
  statusOf(error) === 404 && asFailure(error).name !== 'NoSuchBucket';

/** The error to give on for what `doing` (read, write, list, delete) did to `uri`. */
export function explain(error: unknown, { doing, uri }: { doing: string; uri: string }): Error {
  if (error instanceof ArtifactError || error instanceof ArtifactsUnreachableError) return error;
  const failure = asFailure(error);
  const { name } = failure;
  const status = statusOf(error);
  const told = [status, name === String(status) ? undefined : name].filter(Boolean).join(' ');
  const refuse = (message: string) => new ArtifactError(message, { cause: error });
  if (name === 'NoSuchBucket')
    return refuse(`${uri}: no bucket '${parseUri(uri).bucket}' (${told}); make it, or correct WHETSTONE_ARTIFACTS`);
  if (isMissing(error))
    return new MissingArtifactError(
      `artifact ${uri} can't be read: nothing is there. Run the stage that makes it again.`,
      { cause: error },
    );
  if (status === 401 || status === 403)
    return refuse(
      `can't ${doing} ${uri}: S3 refuses these credentials (${told}: ${failure.message}); correct AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY ` +
        `or AWS_PROFILE, or allow them GetObject, PutObject, DeleteObject, AbortMultipartUpload and ListBucket`,
    );
  if (status === 301 || status === 307 || name === 'PermanentRedirect')
    return refuse(`can't ${doing} ${uri}: the bucket is in another region (${told}); correct AWS_REGION`);
  if (name === 'CredentialsProviderError')
    return refuse(
      `can't ${doing} ${uri}: no credentials for S3; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or give the machine a role`,
    );
  if (/region is missing/i.test(failure.message))
    return refuse(`can't ${doing} ${uri}: AWS_REGION is not set; set it to the bucket's region`);
  if (status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429)
    return refuse(`can't ${doing} ${uri}: S3 refuses the request (${told}: ${failure.message})`);
  const attempts = failure.$metadata?.attempts ?? 1;
  const what = status === undefined ? reasonOf(withCode(failure)) : `${told}: ${failure.message}`;
  return new ArtifactsUnreachableError(
    `can't ${doing} ${uri}: S3 did not answer after ${attempts} ${attempts === 1 ? 'try' : 'tries'} (${what}); ` +
      `look whether AWS_ENDPOINT_URL is right and its server runs`,
    { cause: error },
  );
}

/** Node names some failures by their code alone. */
const withCode = ({ message, code, name }: S3Failure) => new Error([code, message].filter(Boolean).join(' ') || name);
