import type { Activities } from '../contract/activities.ts';
import type { Document, ListedDocument } from '../schema/data.ts';
import { changedPassages, diffSince, keepChanges } from '../documents/changes/since.ts';
import { describeDocuments } from '../documents/describe-documents.ts';
import { loadCuts } from '../documents/layers/cuts.ts';
import { keepLayers, lastLayers } from '../documents/layers/keep-layers.ts';
import { loadReadings } from '../documents/layers/readings.ts';
import { readPassages } from '../documents/passages.ts';
import { addPersonalData } from '../documents/screen.ts';
import { readImports } from '../generation/imports/read-imports.ts';
import { firstTasks } from '../generation/tasks/first-tasks.ts';
import type { GenerationDependencies } from './dependencies.ts';
import { withHeartbeat } from './heartbeat.ts';

/** Without what is undefined. */
const listed = ({ id, uri, sha256, title, licence, language, groups, validUntil }: Document): ListedDocument => ({
  id,
  uri,
  sha256,
  title,
  ...(licence !== undefined && { licence }),
  ...(language !== undefined && { language }),
  ...(groups && { groups }),
  ...(validUntil !== undefined && { validUntil }),
});

export function documentActivities({
  artifacts,
  projectRoot,
  allowedRoots,
}: GenerationDependencies): Pick<Activities, 'readDocuments'> {
  return {
    readDocuments: ({ config, since }) =>
      withHeartbeat({ stage: 'documents', label: 'chunks' }, async (report) => {
        const where = { config, projectRoot, allowedRoots };
        const last = await lastLayers(artifacts, config.name);
        const readings = await loadReadings(artifacts, last?.readings);
        const cuts = await loadCuts(artifacts, last?.cuts);
        const passages = await readPassages({ ...where, readings, cuts, onDocument: report });
        const { imports, ...imported } = await readImports(where);
        const { chunks, withheld, restricted, failures, personalData } = passages;
        const notes = [...passages.notes, ...imported.notes];
        const found = since && (await diffSince({ since, chunks, artifacts }));
        const changes = found && (await keepChanges({ since, found, artifacts }));
        const first = changedPassages(found);
        const pairs = imports.map(({ pair }) => pair);
        const { ref: layers } = await keepLayers({
          name: config.name,
          artifacts,
          readings,
          cuts,
          last,
          hasIndex: config.retrieval !== undefined,
          documents: passages.documents,
          chunks: [...chunks, ...restricted],
        });
        const [tasks, chunkFile, importFile, list] = await Promise.all([
          artifacts.writeJsonLines({ kind: 'tasks', rows: firstTasks({ config, chunks, imports, first }).tasks }),
          artifacts.writeJsonLines({ kind: 'chunks', rows: chunks }),
          artifacts.writeJsonLines({ kind: 'imports', rows: imports }),
          artifacts.writeJsonLines({ kind: 'documents', rows: passages.documents.map(listed) }),
        ]);
        return {
          ...describeDocuments(passages),
          tasks,
          chunks: chunkFile,
          imports: importFile,
          list,
          layers,
          personalData: addPersonalData(personalData, pairs, config.filters.phoneRegion),
          ...(withheld.length > 0 && {
            withheld: await artifacts.writeJsonLines({ kind: 'withheld', rows: withheld }),
          }),
          ...(config.retrieval && {
            presence: await artifacts.writeJsonLines({ kind: 'presence', rows: passages.presence }),
          }),
          ...(restricted.length > 0 && {
            restricted: await artifacts.writeJsonLines({ kind: 'restricted', rows: restricted }),
          }),
          failures,
          ...(notes.length > 0 && { notes }),
          ...(changes && { changes }),
        };
      }),
  };
}
