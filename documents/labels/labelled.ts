import type { DocumentProblem } from '../../common/errors.ts';
import type { Document } from '../../schema/data.ts';
import type { Labels } from '../../schema/retrieval.ts';
import { labelsAmong, languageTag, type Declared } from './declared.ts';
import { mergedLabels, type Saying } from './merge.ts';

/** A document's labels, or what is wrong with them: one whose labels can't be told is not read, as it may be for few. */
export function labelled(options: {
  /** As a person would type it. */
  file: string;
  record?: string;
  format: Document['format'];
  /** What the file says of itself. */
  read: { metadata: Readonly<Record<string, unknown>> };
  /** What others say of it, the farthest first. */
  sayings: readonly Saying[];
}): { labels: Labels; problems: DocumentProblem[] } {
  const { file, record, format, read, sayings } = options;
  const own = ownLabels(format, read.metadata);
  const inRecord = record === undefined ? '' : ` of '${record}'`;
  const problems = own.problems.map(({ field, found, ...said }): DocumentProblem => {
    const named = found.includes(`'${field}'`) ? found : `${field}: ${found}`;
    return { kind: 'labels', file, found: `${named}${inRecord}`, ...said };
  });
  if (problems.length > 0) return { labels: {}, problems };
  const { labels, problem } = mergedLabels([...sayings, { by: `${file}${inRecord}`, labels: own.labels }]);
  if (!problem) return { labels, problems: [] };
  const { by, field, found, ...said } = problem;
  return { labels, problems: [{ kind: 'labels', file: by, found: `${field}: ${found}`, ...said }] };
}

/** Formats whose fields people write themselves, as front matter or columns. */
const WRITTEN: ReadonlySet<unknown> = new Set(['markdown', 'text', 'json-lines']);

function ownLabels(format: Document['format'], metadata: Readonly<Record<string, unknown>>): Declared {
  if (WRITTEN.has(format)) return labelsAmong(metadata);
  // What a program wrote of its language says nothing about who may read it: what is no tag is passed over.
  const { language } = metadata;
  const tag = typeof language === 'string' ? languageTag(language) : undefined;
  return { labels: tag === undefined ? {} : { language: tag }, problems: [] };
}
