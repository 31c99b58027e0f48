import { createRepo, HubApiError, repoExists, uploadFiles } from '@huggingface/hub';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

/** A finished dataset folder, on the Hugging Face Hub. */

export class PushError extends Error {
  override name = 'PushError';
}

/**
 * Uploads the files of a dataset as one commit, so that a reader never sees half of it; the repository is made where there is
 * none, private unless said otherwise.
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
    if (!(await repoExists(where))) await createRepo({ ...where, visibility: isPublic ? 'public' : 'private' });
    await uploadFiles({
      ...where,
      files: files.map((path) => ({ path, content: pathToFileURL(join(folder, path)) })),
      commitTitle: `Dataset version ${version}`,
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
