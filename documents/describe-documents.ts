import { createHash } from 'node:crypto';
import type { DocumentsResult } from '../contract/dataset-stages.ts';
import type { ListedDocument } from '../schema/data.ts';
import type { Passages } from './passages.ts';

/** A document's line of the hash over all: what files beside it say of it is no part of its bytes, and changes what becomes of it too. */
export function documentLine({ id, sha256, language, groups, validUntil }: ListedDocument): string {
  const labels = JSON.stringify({ language, groups, validUntil });
  return `${id}\0${sha256}${labels === '{}' ? '' : `\0${labels}`}\n`;
}

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
  for (const document of documents) hash.update(documentLine(document));
  return {
    documents: documents.length,
    documentsSha256: hash.digest('hex'),
    licences: [...new Set(documents.flatMap(({ licence }) => licence ?? []))].sort(),
    unlicensed: documents.filter(({ licence }) => licence === undefined).length,
    instructions: { found: flags.length, first: flags.slice(0, FLAGS_TOLD) },
    skipped: withheld.length,
  };
}
