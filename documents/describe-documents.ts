import { createHash } from 'node:crypto';
import type { DocumentsResult } from '../contract/dataset-stages.ts';
import type { Passages } from './passages.ts';

/** What files beside a document say of it is no part of its bytes, and changes what becomes of it all the same. */
function labelsBeside({ licence, language, groups, validUntil, metadata }: Passages['documents'][number]): string {
  const said = [metadata['licence'], metadata['license'], metadata['language'], metadata['lang']];
  const beside = {
    ...(!said.includes(licence) && { licence }),
    ...(!said.includes(language) && { language }),
    ...(groups && { groups }),
    ...(validUntil !== undefined && { validUntil }),
  };
  return Object.values(beside).every((value) => value === undefined) ? '' : `\0${JSON.stringify(beside)}`;
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
  for (const document of documents) hash.update(`${document.id}\0${document.sha256}${labelsBeside(document)}\n`);
  return {
    documents: documents.length,
    documentsSha256: hash.digest('hex'),
    licences: [...new Set(documents.flatMap(({ licence }) => licence ?? []))].sort(),
    unlicensed: documents.filter(({ licence }) => licence === undefined).length,
    instructions: { found: flags.length, first: flags.slice(0, FLAGS_TOLD) },
    skipped: withheld.length,
  };
}
