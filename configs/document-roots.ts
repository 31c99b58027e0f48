import { realpathSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import type { Paths } from './paths.ts';

/** The checkout, and the folders of WHETSTONE_DOCUMENT_ROOTS: a run can read no other file of the worker's machine. */
export function documentRoots(env: NodeJS.ProcessEnv, { projectRoot }: Paths): string[] {
  const more = (env.WHETSTONE_DOCUMENT_ROOTS ?? '').split(delimiter).filter(Boolean);
  return [projectRoot, ...more].map((root) => {
    try {
      return realpathSync(resolve(projectRoot, root));
    } catch (cause) {
      throw new Error(`WHETSTONE_DOCUMENT_ROOTS: ${root}: no such folder; correct it, or make the folder`, { cause });
    }
  });
}
