import { basename, dirname } from 'node:path';
import { ConfigError } from '../../common/config-errors.ts';
import type { DocumentProblem } from '../../common/errors.ts';
import { readYaml } from '../../common/yaml-file.ts';
import { labelsOnly, type DeclaredLabels } from './declared.ts';
import { patternProblem } from './pattern.ts';

/** Labels that stand beside documents: of one file in `FILE.labels.yaml`, of a folder's in `labels.yaml`. */

export const FOLDER_LABELS = 'labels.yaml';
const OF_FILE = `.${FOLDER_LABELS}`;

export const sidecarOf = (file: string): string => `${file}${OF_FILE}`;

/** The file that a sidecar is about; undefined for what is none. */
export const besides = (path: string): string | undefined =>
  basename(path).endsWith(OF_FILE) && basename(path) !== OF_FILE ? path.slice(0, -OF_FILE.length) : undefined;

/** Whether a file is one of labels, or would be if it were spelt so. */
export const isLabelFile = (path: string): boolean => /(?:^|\.)labels?\.ya?ml$/i.test(basename(path));

/** What is wrong with the names of files of labels, of all names in a folder: passed over, what they say would count for nothing. */
export function nameProblems(
  names: ReadonlySet<string>,
): { name: string; found: string; expected: string; fix: string }[] {
  return [...names].filter(isLabelFile).flatMap((name) => {
    const of = besides(name);
    if (of === undefined && name !== FOLDER_LABELS)
      return [
        {
          name,
          found: 'a file of labels by another name',
          expected: `${FOLDER_LABELS} or FILE${OF_FILE}`,
          fix: 'rename it',
        },
      ];
    if (of !== undefined && !names.has(of))
      return [
        {
          name,
          found: `labels of ${of}, which is not there`,
          expected: 'the file beside it',
          fix: 'rename it as its file, or remove it',
        },
      ];
    return [];
  });
}

export interface FolderRule {
  pattern: string;
  labels: DeclaredLabels;
}

/** @returns the rules in their order, the last one that is about a file counts; or what is wrong with the file */
export async function readFolderLabels(file: string, where: Where): Promise<{ rules: FolderRule[] } | Wrong> {
  const read = await readMapping(file, where);
  if ('wrong' in read) return read;
  const rules: FolderRule[] = [];
  const wrong: DocumentProblem[] = [];
  for (const [pattern, fields] of Object.entries(read.fields)) {
    const bad = patternProblem(pattern);
    if (bad !== undefined) wrong.push(problem(read.at([pattern]), { ...A_PATTERN, found: bad }));
    else if (!isMapping(fields))
      wrong.push(problem(read.at([pattern]), { ...OF_A_PATTERN, found: JSON.stringify(fields) ?? 'nothing' }));
    else {
      const { labels, problems } = labelsOnly(fields);
      wrong.push(...problems.map(({ field, ...said }) => problem(read.at([pattern, field]), said)));
      rules.push({ pattern, labels });
    }
  }
  return wrong.length > 0 ? { wrong } : { rules };
}

/** What `FILE.labels.yaml` says, or what is wrong with it. */
export async function readSidecar(file: string, where: Where): Promise<{ labels: DeclaredLabels } | Wrong> {
  const read = await readMapping(file, where);
  if ('wrong' in read) return read;
  const { labels, problems } = labelsOnly(read.fields);
  const wrong = problems.map(({ field, ...said }) => problem(read.at([field]), said));
  return wrong.length > 0 ? { wrong } : { labels };
}

export interface Where {
  projectRoot: string;
}
export interface Wrong {
  wrong: DocumentProblem[];
}

const A_PATTERN = { expected: "a file or glob below the file's folder", fix: 'correct it, or take it out' };
const OF_A_PATTERN = { expected: 'labels such as { groups: [staff] }', fix: 'write them below the pattern' };

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const problem = (place: string, said: Pick<DocumentProblem, 'found' | 'expected' | 'fix'>): DocumentProblem => ({
  kind: 'labels',
  file: place,
  ...said,
});

async function readMapping(
  file: string,
  { projectRoot }: Where,
): Promise<{ fields: Record<string, unknown>; at: (path: readonly string[]) => string } | Wrong> {
  try {
    const { value, at } = await readYaml(file, projectRoot, { notes: false });
    if (isMapping(value)) return { fields: value, at };
    return { wrong: [problem(at([]), { ...OF_A_PATTERN, found: 'no mapping' })] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const shown = `${basename(dirname(file))}/${basename(file)}`;
    const expected = 'YAML of labels';
    return {
      wrong: [problem(shown, { found: error.message, expected, fix: 'correct the file, or remove it' })],
    };
  }
}
