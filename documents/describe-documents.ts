import { createHash } from 'node:crypto';
import type { DocumentsResult } from '../contract/dataset-stages.ts';
import type { Passages } from './passages.ts';

/** A workflow's history holds few rows. */
const FLAGS_TOLD = 20;

/** What is told of the documents that were read: their hash, their licences, and what was found in them. */
export function describeDocuments({
  documents,
  flags,
  withheld,
}: Passages): Pick<
  DocumentsResult,
  'documents' | 'documentsSha256' | 'licences' | 'unlicensed' | 'instructions' | 'skipped'
> {
  const hash = createHash('sha256');
  for (const { id, sha256 } of documents) hash.update(`${id}\0${sha256}\n`);
  return {
    documents: documents.length,
    documentsSha256: hash.digest('hex'),
    licences: [...new Set(documents.flatMap(({ licence }) => licence ?? []))].sort(),
    unlicensed: documents.filter(({ licence }) => licence === undefined).length,
    instructions: { found: flags.length, first: flags.slice(0, FLAGS_TOLD) },
    skipped: withheld.length,
  };
}
