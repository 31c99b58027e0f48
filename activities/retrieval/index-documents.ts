import type { Activities } from '../../contract/activities.ts';
import type { NewlyGone } from '../../contract/retrieval.ts';
import { addVectors } from '../../documents/layers/with-vectors.ts';
import { passageOf } from '../../documents/layers/passage.ts';
import { presenceOf } from '../../documents/presence/fates.ts';
import { ChunkSchema, ListedDocumentSchema, type Chunk, type ListedDocument } from '../../schema/data.ts';
import { PresenceRowSchema } from '../../schema/presence.ts';
import type { IndexedPassage } from '../../schema/retrieval.ts';
import type { GenerationDependencies } from '../dependencies.ts';
import { withHeartbeat } from '../heartbeat.ts';

export function indexActivities({
  artifacts,
  indexer,
  ledger,
  projectRoot,
}: Pick<GenerationDependencies, 'artifacts' | 'indexer' | 'ledger' | 'projectRoot'>): Pick<
  Activities,
  'indexDocuments'
> {
  return {
    indexDocuments: ({ config, chunks, restricted, list, presence: found, layers, runId, fresh, budget }) =>
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
        const presence = found && presenceOf(await artifacts.loadJsonLines(found, PresenceRowSchema), projectRoot);
        const { gone, ...indexed } = await indexer.index(
          { name: retrieval.index ?? name, passages, embedding: retrieval.embedding, presence },
          {
            onProgress: report,
            signal,
            paidOnce: (model) => ledger.wrapEmbedding(model, { runId, fresh, budget }),
          },
        );
        const notes = [...goneNote(gone), ...emptyNotes(presence?.emptyFolders ?? new Map())];
        const { embedding } = indexed.index;
        const withVectors =
          layers &&
          (await addVectors({
            artifacts,
            layers,
            embedding,
            vectorsOf: (some) => indexer.vectors(embedding, some),
          }));
        return {
          ...indexed,
          ...(notes.length > 0 && { notes }),
          ...(withVectors && { layers: withVectors }),
        };
      }),
  };
}

const MOST_NAMED = 3;

function goneNote({ documents, passages }: NewlyGone): string[] {
  if (documents.length === 0) return [];
  const more = documents.length - MOST_NAMED;
  const named = documents.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
  const count = documents.length === 1 ? 'a document that is gone' : `${documents.length} documents that are gone`;
  return [
    `no version answers any more from ${count}: ${named} (${passages} ${passages === 1 ? 'passage' : 'passages'})`,
  ];
}

/** A person has to say which it is. */
const emptyNotes = (folders: ReadonlyMap<string, number>): string[] =>
  [...folders].map(
    ([folder, documents]) =>
      `${folder} is empty, as a disk is that is not there: versions go on answering from the ${documents === 1 ? 'document' : `${documents} documents`} of before; remove the folder where that is gone`,
  );

/** @throws Error for a passage of a document that nobody listed: who may see it is not known */
function listed(documents: ReadonlyMap<string, ListedDocument>, { id, documentId }: Chunk): ListedDocument {
  const document = documents.get(documentId);
  if (document) return document;
  throw new Error(`passage ${id}: its document is not in the list of documents; read them again`);
}
