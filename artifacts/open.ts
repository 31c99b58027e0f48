import { createFileStore } from './file/file-store.ts';
import type { ArtifactStore } from './store.ts';

const DEFAULT_CACHE_GB = 50;
const GB = 1e9;

/**
 * The store that a setting names: a folder's path, or s3://bucket/prefix.
 * @param options.cacheDir where copies of what lies elsewhere go
 * @param options.env WHETSTONE_ARTIFACT_CACHE_GB and WHETSTONE_S3_ADDRESSING; the AWS SDK reads its own from the process
 * @throws Error that names the variable
 */
export async function openArtifacts(options: {
  location: string;
  cacheDir: string;
  env: NodeJS.ProcessEnv;
}): Promise<ArtifactStore> {
  const { location, cacheDir, env } = options;
  if (!location.startsWith('s3://')) return createFileStore(location);
  const cacheBytes = readCacheBytes(env);
  // The SDK takes time and memory to load, which a store of one machine does not need.
  const [{ createS3Client }, { createS3Store }] = await Promise.all([
    import('./s3/client.ts'),
    import('./s3/s3-store.ts'),
  ]);
  return createS3Store({ client: createS3Client(env), location, cacheDir, cacheBytes });
}

function readCacheBytes(env: NodeJS.ProcessEnv): number {
  const text = env.WHETSTONE_ARTIFACT_CACHE_GB;
  const value = text === undefined || text === '' ? DEFAULT_CACHE_GB : Number(text);
  if (Number.isFinite(value) && value > 0) return value * GB;
  throw new Error(`WHETSTONE_ARTIFACT_CACHE_GB: found '${text}', expected gigabytes above 0`);
}
