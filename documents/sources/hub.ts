import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { datasetInfo, HubApiError, listFiles } from '@huggingface/hub';
import type { DocumentProblem } from '../../common/errors.ts';
import { parquetRows } from '../../tables/parquet-rows.ts';
import { isWanted, MOST_BYTES, MOST_FILE_BYTES, MOST_FILES, placeFor, SourceError, type Fetched } from './fetched.ts';
import { writeRows } from './rows.ts';
import type { Source } from './source.ts';

const LONGEST_MS = 10 * 60 * 1000;

/** The documents of a dataset of the Hugging Face hub: its files, and the rows of JSON lines and Parquet. */
export async function fetchHub(
  { entry, repository, revision, path: within }: Source & { kind: 'hf' },
  { folder, env }: { folder: string; env: NodeJS.ProcessEnv },
): Promise<Fetched> {
  const hubUrl = env.HF_ENDPOINT ?? 'https://huggingface.co';
  const token = env.HF_TOKEN;
  const repo = { type: 'dataset', name: repository } as const;
  const credentials = { hubUrl, ...(token && { accessToken: token }) };
  const refused: DocumentProblem[] = [];
  const files: string[] = [];
  const unread: string[] = [];
  let commit: string;
  const listed: { path: string; size: number }[] = [];
  let bytes = 0;
  try {
    const { sha } = await datasetInfo({ name: repository, revision, additionalFields: ['sha'], ...credentials });
    commit = sha;
    for await (const found of listFiles({ repo, revision: sha, recursive: true, ...credentials })) {
      const isMeant = within === '' || found.path === within || found.path.startsWith(`${within}/`);
      if (found.type !== 'file' || !isMeant || !isDocument(found.path, within)) continue;
      listed.push(found);
      bytes += found.size;
      if (listed.length > MOST_FILES || bytes > MOST_BYTES)
        throw new SourceError(`more than ${MOST_FILES} files, or ${MOST_BYTES / 1e9} GB of them`, {
          expected: 'fewer in one source',
          fix: 'name a folder or a file of it',
        });
    }
  } catch (error) {
    if (error instanceof SourceError) throw error;
    const status = error instanceof HubApiError ? `status ${error.statusCode}` : (error as Error).message;
    throw new SourceError(`an error of the hub (${status})`, {
      expected: `a dataset ${repository} with the revision ${revision}`,
      fix: 'correct the name, or set HF_TOKEN where the worker starts',
      cause: error,
    });
  }
  for (const { path, size } of listed) {
    const uri = `hf://datasets/${repository}@${commit}/${path}`;
    try {
      if (size > MOST_FILE_BYTES) throw new Error(`${Math.round(size / 1e6)} MB`);
      const place = await placeFor(folder, path);
      if (place === undefined) throw new Error('a name that is no path');
      const escaped = path.split('/').map(encodeURIComponent).join('/');
      await download(`${hubUrl}/datasets/${repository}/resolve/${commit}/${escaped}`, place, token);
      files.push(path.endsWith('.parquet') ? await asLines(place, uri) : place);
    } catch (error) {
      const found = error instanceof Error ? error.message : String(error);
      unread.push(`hf://datasets/${repository}/${path}`);
      refused.push({
        kind: 'unreadable',
        file: uri,
        found,
        expected: 'a file that can be read',
        fix: 'see whether it is whole',
      });
    }
  }
  const at = (version: string) => (below: string) =>
    `hf://datasets/${repository}${version}/${below.replace(/\.parquet\.jsonl$/, '.parquet')}`;
  return {
    folder,
    files,
    uriOf: at(`@${commit}`),
    locationOf: at(''),
    unread,
    isWhole: true,
    refused,
    notes: listed.length === 0 ? [`${entry}: no file of a format that is read`] : [],
  };
}

/** Its card and its description are about it: they are documents where they are named. */
const isDocument = (path: string, within: string): boolean =>
  path === within || (!/(?:^|\/)(?:README\.md|\.[^/]*)$/.test(path) && (isWanted(path) || path.endsWith('.parquet')));

async function asLines(parquet: string, shown: string): Promise<string> {
  const path = `${parquet}.jsonl`;
  await writeRows(path, parquetRows(parquet, shown));
  return path;
}

async function download(url: string, path: string, token: string | undefined): Promise<void> {
  const reply = await fetch(url, {
    headers: token ? { authorization: `Bearer ${token}` } : {},
    signal: AbortSignal.timeout(LONGEST_MS),
  });
  if (!reply.ok || !reply.body) throw new Error(`status ${reply.status}`);
  let bytes = 0;
  async function* counted(parts: AsyncIterable<Uint8Array>) {
    for await (const part of parts) {
      bytes += part.length;
      if (bytes > MOST_FILE_BYTES) throw new Error(`more than ${MOST_FILE_BYTES / 1e6} MB`);
      yield part;
    }
  }
  await pipeline(Readable.from(counted(reply.body)), createWriteStream(path, { flags: 'wx' }));
}
