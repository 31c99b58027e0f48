import type { ArtifactStore } from '../../artifacts/store.ts';
import { documentRoots } from '../../configs/document-roots.ts';
import type { Paths } from '../../configs/paths.ts';
import type { PromoteInput } from '../../contract/messages.ts';
import { findStaleSuites } from '../../evaluation/suites/stale.ts';

/**
 * Why the evidence of a promotion that is about to start does not hold any more, as far as it can be known here; that it was compared with what
 * serves was looked at already. Nothing that can't be read keeps anybody from asking: it is looked at again before the alias moves.
 */
export async function staleNow(options: {
  store: ArtifactStore;
  input: Pick<PromoteInput, 'evidence'>;
  env: NodeJS.ProcessEnv;
  paths: Paths;
}): Promise<string[]> {
  const { store: artifacts, input, env, paths } = options;
  const where = { projectRoot: paths.projectRoot, allowedRoots: documentRoots(env, paths), artifacts };
  return findStaleSuites(input, where).catch(() => []);
}
