import type { Activities } from '../../contract/activities.ts';
import { ChunkSchema, ListedDocumentSchema, type Chunk, type ListedDocument } from '../../schema/data.ts';
import type { IndexedPassage } from '../../schema/retrieval.ts';
import type { GenerationDependencies } from '../dependencies.ts';
import { withHeartbeat } from '../heartbeat.ts';

export function indexActivities({
  artifacts,
  indexer,
  ledger,
}: Pick<GenerationDependencies, 'artifacts' | 'indexer' | 'ledger'>): Pick<Activities, 'indexDocuments'> {
  return {
    indexDocuments: ({ config, chunks, restricted, list, runId, fresh, budget }) =>
      withHeartbeat({ stage: 'documents', label: 'passages in the index' }, async (report, signal) => {
        const { retrieval, name } = config;
        if (!retrieval)
          throw new Error(`config '${name}': found no retrieval, expected one where documents are indexed`);
        const documents = new Map<string, ListedDocument>();
        for await (const row of artifacts.readJsonLines(list, ListedDocumentSchema)) documents.set(row.id, row);
        const passages: IndexedPassage[] = [];
        for (const file of [chunks, ...(restricted ? [restricted] : [])])
          for await (const chunk of artifacts.readJsonLines(file, ChunkSchema))
            passages.push(passageOf(chunk, documents.get(chunk.documentId)));
        return indexer.index(
          { name: retrieval.index ?? name, passages, embedding: retrieval.embedding },
          {
            onProgress: report,
            signal,
            paidOnce: (model) => ledger.wrapEmbedding(model, { runId, fresh, budget }),
          },
        );
      }),
  };
}

/** A chunk, with what its document says of who may see it. */
function passageOf(chunk: Chunk, document: ListedDocument | undefined): IndexedPassage {
  if (!document) throw new Error(`passage ${chunk.id}: its document is not in the list of documents; read them again`);
  const { index: _index, tokens: _tokens, ...passage } = chunk;
  const { sha256, licence, language, groups, validUntil } = document;
  return {
    ...passage,
    documentSha256: sha256,
    ...(licence !== undefined && { licence }),
    ...(language !== undefined && { language }),
    ...(groups !== undefined && { groups }),
    ...(validUntil !== undefined && { validUntil }),
  };
}
