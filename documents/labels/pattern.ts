import { matchesGlob } from 'node:path';

/**
 * Whether a pattern of a `labels.yaml` is about a file, as in `.gitignore`: what matches a folder is about everything in it, and
 * a pattern without a slash is about that name at any depth.
 * @param below the file's path below the folder of the `labels.yaml`, with slashes
 */
export function covers(pattern: string, below: string): boolean {
  const plain = pattern
    .normalize('NFC')
    .replace(/^\.?\/+/, '')
    .replace(/\/+$/, '');
  const anchored = /\/./.test(pattern.replace(/^\.\//, '/'));
  const segments = below.normalize('NFC').split('/');
  return segments.some((segment, i) => matchesGlob(anchored ? segments.slice(0, i + 1).join('/') : segment, plain));
}

/** What is wrong with a pattern that can be about nothing. */
export const patternProblem = (pattern: string): string | undefined =>
  pattern.trim() === ''
    ? 'an empty pattern'
    : pattern.split('/').includes('..')
      ? `'${pattern}', which leads out of the folder`
      : undefined;
