import { createHash } from 'node:crypto';
import { chunkDocument } from '../datasets/chunk.ts';
import { planTasks } from '../datasets/plan-tasks.ts';
import { readDocuments } from '../datasets/read.ts';
import { sentences } from '../datasets/text.ts';
import type { Dependencies } from './dependencies.ts';
import { withHeartbeat } from './heartbeat.ts';
import type { Activities } from './types.ts';

export function documentActivities({
  artifacts,
  projectRoot,
  allowedRoots,
}: Dependencies): Pick<Activities, 'readDocuments'> {
  return {
    readDocuments: ({ config }) =>
      withHeartbeat({ stage: 'documents', label: 'chunks' }, async (report) => {
        const documents = await readDocuments({ sources: config.documents, projectRoot, allowedRoots });
        const chunks = documents.flatMap((document, i) => {
          report(i + 1, documents.length, document.id);
          return chunkDocument(document, config.chunking);
        });
        const hash = createHash('sha256');
        for (const { id, sha256 } of documents) hash.update(`${id}\0${sha256}\n`);
        // Whole passages for how sentences follow each other, single ones so that each is also seen from its start.
        const corpus = chunks.flatMap(({ text }) => [
          { text },
          ...sentences(text).map((sentence) => ({ text: sentence.text })),
        ]);
        const { tasks } = planTasks({ chunks, generation: config.generation, accepted: [], sample: 0 });
        return {
          documents: documents.length,
          tasks: await artifacts.writeJsonLines({ kind: 'tasks', rows: tasks }),
          chunks: await artifacts.writeJsonLines({ kind: 'chunks', rows: chunks }),
          corpus: await artifacts.writeJsonLines({ kind: 'corpus', rows: corpus }),
          documentsSha256: hash.digest('hex'),
          licences: [...new Set(documents.flatMap(({ licence }) => licence ?? []))].sort(),
        };
      }),
  };
}
