import { S3Client } from '@aws-sdk/client-s3';

const CONNECT_MS = 5_000;
/** Without a byte in either direction. */
const SILENCE_MS = 60_000;

/**
 * A client that reads what every AWS SDK reads: AWS_REGION, AWS_ENDPOINT_URL, AWS_MAX_ATTEMPTS, AWS_PROFILE, and credentials by the
 * default chain. Only the style of addresses has no variable of theirs: a server of one's own rarely has a host name a bucket, so
 * with an endpoint the bucket goes into the path, unless WHETSTONE_S3_ADDRESSING says otherwise.
 * @throws Error that names the variable
 */
export function createS3Client(env: NodeJS.ProcessEnv): S3Client {
  return new S3Client({
    forcePathStyle: addressing(env) === 'path',
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS },
  });
}

function addressing(env: NodeJS.ProcessEnv): 'path' | 'virtual' {
  const own = env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL;
  const said = env.WHETSTONE_S3_ADDRESSING ?? (own ? 'path' : 'virtual');
  if (said === 'path' || said === 'virtual') return said;
  throw new Error(
    `WHETSTONE_S3_ADDRESSING: found '${said}'; expected path (https://host/bucket) or virtual (https://bucket.host)`,
  );
}
