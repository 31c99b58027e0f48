import type { ArtifactStore } from '../../artifacts/store.ts';
import { RequestError } from '../../common/errors.ts';
import { filesBelow } from '../../common/hash.ts';
import { findDataset } from '../../datasets/versions/find.ts';
import { pushDataset } from '../../providers/push-dataset.ts';

/**
 * Pushes a dataset to the Hugging Face Hub, with the token of HF_TOKEN, to the hub of HF_ENDPOINT.
 * @param options.repo organisation/name
 * @param options.onStart told before the first file goes
 * @returns the address of what was pushed
 * @throws RequestError where the repository's name is none, or no token is set
 */
export async function pushNamed(options: {
  name: string;
  repo: string;
  isPublic: boolean;
  store: ArtifactStore;
  env: NodeJS.ProcessEnv;
  onStart?: (about: { version: string; files: number }) => void;
}): Promise<string> {
  const { name, repo, isPublic, store, env, onStart } = options;
  if (!/^[\w.-]+\/[\w.-]+$/.test(repo))
    throw new RequestError(`repo ${repo}: expected organisation/name, such as my-team/${name}`, { field: 'repo' });
  const token = env['HF_TOKEN'];
  if (!token) throw new RequestError('HF_TOKEN is not set: a token of the hub that may write to the repository');
  const { version, uri } = await findDataset({ name, store });
  const folder = await store.localFolder(uri);
  const files = await filesBelow(folder);
  onStart?.({ version, files: files.length });
  return pushDataset({ repo, folder, files, version, token, isPublic, hubUrl: env['HF_ENDPOINT'] });
}
