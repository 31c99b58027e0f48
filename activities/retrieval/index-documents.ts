import type { Activities } from '../../contract/activities.ts';
import { passageOf } from '../../documents/layers/passage.ts';
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
            passages.push(passageOf(chunk, listed(documents, chunk)));
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

/** @throws Error for a passage of a document that nobody listed: who may see it is not known */
function listed(documents: ReadonlyMap<string, ListedDocument>, { id, documentId }: Chunk): ListedDocument {
  const document = documents.get(documentId);
  if (document) return document;
  throw new Error(`passage ${id}: its document is not in the list of documents; read them again`);
}
