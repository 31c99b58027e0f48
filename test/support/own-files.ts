import { execFileSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';

/** What is no source of this repository, where there is no git to ask. */
const NEVER = ['node_modules', '.whetstone', 'my-documents'];

/**
 * The repository's own files that match a pattern, sorted: those that git knows. People keep documents, configs and scripts of their
 * own in a checkout, and no test of the repository is about them. Without git, all that match.
 */
export function ownFiles(root: string, pattern: string): string[] {
  try {
    const listed = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8', stdio: 'pipe' }).split('\0');
    const files = listed.filter((file) => file !== '' && existsSync(join(root, file)));
    if (files.length > 0) return files.filter((file) => matchesGlob(file, pattern)).sort();
  } catch {
    // No git, or no repository.
  }
  return globSync(pattern, { cwd: root, exclude: NEVER }).sort();
}
