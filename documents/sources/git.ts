import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SourceError, type Fetched } from './fetched.ts';
import type { Source } from './source.ts';

const run = promisify(execFile);
const LONGEST_MS = 10 * 60 * 1000;

/** Nothing of a repository runs, no other address is asked, and a link in it is a small file that names its target. */
const SAFE = [
  'core.hooksPath=/dev/null',
  'core.symlinks=false',
  'core.fsmonitor=false',
  'protocol.ext.allow=never',
  'http.followRedirects=false',
  'submodule.recurse=false',
  'advice.detachedHead=false',
  'safe.directory=*',
].flatMap((setting) => ['-c', setting]);

/** A repository's documents at a revision: a branch, a tag or a commit. Asks nobody for a password; keys are those of the worker's user. */
export async function fetchGit(
  { url, revision, folder: within }: Source & { kind: 'git' },
  { folder, env }: { folder: string; env: NodeJS.ProcessEnv },
): Promise<Fetched> {
  const tree = join(folder, 'tree');
  const home = join(folder, 'home');
  await Promise.all([mkdir(tree), mkdir(home)]);
  const git = async (...args: string[]): Promise<string> => {
    const { stdout } = await run('git', [...SAFE, '-C', tree, ...args], {
      timeout: LONGEST_MS,
      maxBuffer: 64 * 1024 * 1024,
      env: {
        ...env,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_TERMINAL_PROMPT: '0',
        GIT_LFS_SKIP_SMUDGE: '1',
        GIT_ALLOW_PROTOCOL: 'file:http:https:ssh',
        // What a shell of git's own is in asks about another repository.
        GIT_DIR: undefined,
        GIT_WORK_TREE: undefined,
        GIT_INDEX_FILE: undefined,
      },
    });
    return stdout.trim();
  };
  try {
    await git('init', '--quiet');
    await git('fetch', '--quiet', '--depth=1', '--no-tags', '--', url, revision).catch(async () => {
      // A server may give no commit by its hash alone.
      await git('fetch', '--quiet', '--', url, '+refs/heads/*:refs/remotes/from/*', '+refs/tags/*:refs/tags/*');
      const commit = await git('rev-parse', '--verify', '--quiet', `${revision}^{commit}`);
      await git('update-ref', 'FETCH_HEAD', commit);
    });
    const commit = await git('rev-parse', 'FETCH_HEAD^{commit}');
    await git('checkout', '--quiet', '--detach', commit);
    const root = join(tree, ...within.split('/').filter(Boolean));
    return {
      folder: root,
      uriOf: (below) => `git+${url}@${commit}//${within === '' ? '' : `${within}/`}${below}`,
      locationOf: (below) => `git+${url}//${within === '' ? '' : `${within}/`}${below}`,
      unread: [],
      isWhole: true,
      refused: [],
      notes: [],
    };
  } catch (error) {
    throw whyNot(error, { url, revision });
  }
}

function whyNot(error: unknown, { url, revision }: { url: string; revision: string }): SourceError {
  const { code, stderr = '', message } = error as NodeJS.ErrnoException & { stderr?: string };
  if (code === 'ENOENT')
    return new SourceError('no program `git`', {
      expected: 'git on the PATH',
      fix: 'install it where the worker runs',
    });
  const said = stderr.split('\n').find((line) => /^(?:fatal|error):/.test(line)) ?? message.split('\n')[0] ?? '';
  return new SourceError(`nothing at revision '${revision}' of ${url} (${said.trim()})`, {
    expected: 'a repository that can be reached, and a branch, tag or commit of it',
    fix: 'correct the address or the revision, or give the worker access',
    cause: error,
  });
}
