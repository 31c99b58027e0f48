import { open } from 'node:fs/promises';
import pLimit from 'p-limit';
import { createS3Client } from '../../artifacts/s3/client.ts';
import { createObjects, type Found } from '../../artifacts/s3/objects.ts';
import type { DocumentProblem } from '../../common/errors.ts';
import { isWanted, MOST_BYTES, MOST_FILE_BYTES, MOST_FILES, placeFor, SourceError, type Fetched } from './fetched.ts';
import type { Source } from './source.ts';

const FILES_AT_ONCE = 8;

/** The documents below a prefix of a bucket, or one object that is named itself. Keys and address as every AWS SDK finds them. */
export async function fetchS3(
  { entry, bucket, prefix }: Source & { kind: 's3' },
  { folder, env }: { folder: string; env: NodeJS.ProcessEnv },
): Promise<Fetched> {
  const client = createS3Client(env);
  const objects = createObjects(client);
  const refused: DocumentProblem[] = [];
  const problem = (key: string, found: string, expected: string, fix: string) =>
    refused.push({ kind: 'unreadable', file: `s3://${bucket}/${key}`, found, expected, fix });
  try {
    const listed: Found[] = [];
    const others = new Map<string, number>();
    let bytes = 0;
    for await (const found of objects.list({ bucket, key: prefix })) {
      const rest = found.key.slice(prefix.length);
      // `handbook` is the folder of that name, and not `handbook-old` too.
      const isBelow = prefix === '' || prefix.endsWith('/') || rest === '' || rest.startsWith('/');
      if (!isBelow || found.key.endsWith('/')) continue;
      if (!isWanted(found.key)) {
        const ending = /\.[^./]+$/.exec(found.key)?.[0].toLowerCase() ?? 'no ending';
        others.set(ending, (others.get(ending) ?? 0) + 1);
      } else if (found.bytes > MOST_FILE_BYTES) {
        const most = `at most ${MOST_FILE_BYTES / 1e6} MB`;
        problem(found.key, `${Math.round(found.bytes / 1e6)} MB`, most, 'split it, or take it out');
      } else {
        listed.push(found);
        bytes += found.bytes;
      }
      if (listed.length > MOST_FILES || bytes > MOST_BYTES)
        throw new SourceError(`more than ${MOST_FILES} documents, or ${MOST_BYTES / 1e9} GB of them`, {
          expected: 'fewer in one source',
          fix: 'name several prefixes, each in a config of its own',
        });
    }
    const limit = pLimit(FILES_AT_ONCE);
    const single = listed.length === 1 && listed[0]?.key === prefix;
    const top = single ? prefix.slice(0, prefix.lastIndexOf('/') + 1) : prefix && `${prefix.replace(/\/+$/, '')}/`;
    const files: string[] = [];
    const fetchOne = async ({ key }: Found) => {
      try {
        const path = await placeFor(folder, key.slice(top.length));
        if (path === undefined) {
          problem(key, 'a key that is no path', 'names of files between slashes', 'rename it');
          return;
        }
        await download(objects, { bucket, key }, path);
        files.push(path);
      } catch (error) {
        problem(
          key,
          `an error when fetching it (${messageOf(error)})`,
          'an object that can be read',
          'see whether it is there',
        );
      }
    };
    await Promise.all(listed.map((found) => limit(() => fetchOne(found))));
    return {
      folder,
      ...(single && { files }),
      uriOf: (below) => `s3://${bucket}/${top}${below}`,
      locationOf: (below) => `s3://${bucket}/${top}${below}`,
      unread: refused.map(({ file }) => file),
      isWhole: true,
      refused,
      notes:
        others.size === 0
          ? []
          : [
              `${entry}: not read, being of other formats: ${[...others].map(([ending, count]) => `${count} ${ending}`).join(', ')}`,
            ],
    };
  } catch (error) {
    if (error instanceof SourceError) throw error;
    throw new SourceError(`an error when listing it (${messageOf(error)})`, {
      expected: 'a bucket that can be listed and read',
      fix: 'correct the name, or set AWS_REGION, AWS_ENDPOINT_URL and the keys where the worker starts',
      cause: error,
    });
  } finally {
    client.destroy();
  }
}

async function download(
  objects: ReturnType<typeof createObjects>,
  place: { bucket: string; key: string },
  path: string,
): Promise<void> {
  const file = await open(path, 'wx');
  let bytes = 0;
  try {
    await objects.read(place, async (chunk) => {
      bytes += chunk.length;
      if (bytes > MOST_FILE_BYTES) throw new Error(`more than ${MOST_FILE_BYTES / 1e6} MB`);
      await file.writeFile(chunk);
    });
  } finally {
    await file.close();
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
