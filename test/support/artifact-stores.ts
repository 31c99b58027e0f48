import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import { createFileStore } from '../../artifacts/file/file-store.ts';
import { createS3Store } from '../../artifacts/s3/s3-store.ts';
import type { ArtifactStore } from '../../artifacts/store.ts';
import { findS3Server, KEYS, startS3Server, type S3Server } from './s3-server.ts';

/** One empty place for each test. */
export interface Place {
  /** The store as a machine with no local copy opens it. */
  open: () => ArtifactStore;
}

/** Runs tests over a store of files and, where Go can build its server, over one in S3. */
export function onEachStore(name: string, tests: (place: Place) => void): void {
  describe(`${name}, in files`, () => {
    let root: string;
    beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), 'artifact-stores-'))));
    afterEach(() => rm(root, { recursive: true, force: true }));
    tests({ open: () => createFileStore(root) });
  });
  onS3(name, ({ open }) => tests({ open: () => open() }));
}

/** Skipped, with the reason in its name, where Go builds no S3 server. */
export function onS3(
  name: string,
  tests: (place: { open: (url?: string) => ArtifactStore; server: () => S3Server; caches: string }) => void,
): void {
  const program = findS3Server();
  const why = program ? '' : ' (skipped: no versitygw, and no Go to build it)';
  describe.skipIf(!program)(`${name}, in S3${why}`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'artifact-stores-'));
    let server: S3Server;
    let bucket: string;
    beforeAll(async () => void (server = await startS3Server(program ?? '')));
    afterAll(async () => {
      await server?.close();
      await rm(folder, { recursive: true, force: true });
    });
    beforeEach(async () => {
      bucket = `b-${randomUUID()}`;
      await makeBucket(server.url, bucket);
    });
    const caches = join(folder, 'caches');
    tests({
      caches,
      server: () => server,
      open: (url = server.url) => s3StoreAt({ url, bucket, cacheDir: join(caches, randomUUID()) }),
    });
  });
}

const clientOf = (url: string) =>
  new S3Client({ endpoint: url, region: 'us-east-1', credentials: KEYS, forcePathStyle: true, maxAttempts: 2 });

export const makeBucket = async (url: string, bucket: string): Promise<void> =>
  void (await clientOf(url).send(new CreateBucketCommand({ Bucket: bucket })));

/** A store below `team/` of a server of the tests. */
export const s3StoreAt = ({
  url,
  bucket,
  cacheDir,
}: {
  url: string;
  bucket: string;
  cacheDir: string;
}): ArtifactStore =>
  createS3Store({ client: clientOf(url), location: `s3://${bucket}/team`, cacheDir, cacheBytes: 1e9 });
