import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DocumentProblem } from '../../common/errors.ts';
import { isLabelFile } from '../labels/label-files.ts';
import { formatOf } from '../readers/readers.ts';

/** What came of a source: files below a folder of this machine, each with where it is from. */
export interface Fetched {
  folder: string;
  /** The files that are named themselves; without, all in the folder are meant. */
  files?: string[];
  /** Of a file, by its path below the folder, with slashes. */
  uriOf: (below: string) => string;
  /** The same, at whichever revision it was read and wherever it was led to. */
  locationOf: (below: string) => string;
  /** Locations of what is there and was not brought: what was read of it before may still stand. */
  unread: string[];
  /** Whether all that the source has was listed. */
  isWhole: boolean;
  /** What could not be fetched: documents less. */
  refused: DocumentProblem[];
  notes: string[];
}

/** A source that can't be read at all. */
export class SourceError extends Error {
  readonly expected: string;
  readonly fix: string;
  constructor(found: string, { expected, fix, cause }: { expected: string; fix: string; cause?: unknown }) {
    super(found, { cause });
    this.name = 'SourceError';
    this.expected = expected;
    this.fix = fix;
  }
}

/** More of one source than this is none that a run reads at once. */
export const MOST_FILES = 20_000;
export const MOST_FILE_BYTES = 200_000_000;
export const MOST_BYTES = 10_000_000_000;

/** Whether a file is fetched: a document, or labels of some. */
export const isWanted = (name: string): boolean => formatOf(name) !== undefined || isLabelFile(name);

/** The local path of a file, in folders that are there; undefined where its name leads out of them. */
export async function placeFor(folder: string, below: string): Promise<string | undefined> {
  const segments = below.split('/');
  const isPath = segments.every((one) => one !== '' && one !== '.' && one !== '..' && Buffer.byteLength(one) <= 250);
  if (!isPath || below.includes('\0') || below.includes('\\')) return undefined;
  const path = join(folder, ...segments);
  await mkdir(dirname(path), { recursive: true });
  return path;
}
