import { commit, createRepo, HubApiError, listFiles, repoExists } from '@huggingface/hub';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

/** A finished dataset folder, on the Hugging Face Hub. */

export class PushError extends Error {
  override name = 'PushError';
}

/** Names that a dataset can have: what an earlier version left of them goes, and nothing else. */
const OURS = /^(data\/(train|validation|test|rejected)\.parquet|chat\/(train|validation|preference)\.jsonl)$/;

/**
 * Makes a dataset's files those of a repository, in one commit, so that a reader never sees half of it, nor rows of an earlier
 * version; the repository is made where there is none, private unless said otherwise.
 * @returns where it is
 * @throws PushError in words, without the token
 */
export async function pushDataset(input: {
  /** `organisation/name` */
  repo: string;
  folder: string;
  /** Paths below the folder. */
  files: readonly string[];
  version: string;
  token: string;
  isPublic?: boolean;
  hubUrl?: string | undefined;
}): Promise<string> {
  const { repo: name, folder, files, version, token, isPublic = false, hubUrl = 'https://huggingface.co' } = input;
  const repo = { type: 'dataset' as const, name };
  const where = { repo, accessToken: token, hubUrl };
  try {
    const gone: string[] = [];
    if (await repoExists(where)) {
      for await (const { path } of listFiles({ ...where, recursive: true }))
        if (OURS.test(path) && !files.includes(path)) gone.push(path);
    } else await createRepo({ ...where, visibility: isPublic ? 'public' : 'private' });
    await commit({
      ...where,
      operations: [
        ...files.map((path) => ({
          operation: 'addOrUpdate' as const,
          path,
          content: pathToFileURL(join(folder, path)),
        })),
        ...gone.map((path) => ({ operation: 'delete' as const, path })),
      ],
      title: `Dataset version ${version}`,
      useXet: false,
    });
  } catch (cause) {
    throw new PushError(explain(cause, { name, hubUrl, token }), { cause });
  }
  return `${hubUrl}/datasets/${name}`;
}

function explain(cause: unknown, { name, hubUrl, token }: { name: string; hubUrl: string; token: string }): string {
  const message = (cause instanceof Error ? cause.message : String(cause)).replaceAll(token, '[token]');
  const status = cause instanceof HubApiError ? cause.statusCode : undefined;
  if (status === 401 || status === 403)
    return `${hubUrl} refuses the token for datasets/${name} (${status}): use one that may write there, in HF_TOKEN`;
  return `datasets/${name} could not be pushed to ${hubUrl}: ${message}; nothing was changed there, try again`;
}
