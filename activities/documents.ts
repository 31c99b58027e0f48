import { createHash } from 'node:crypto';
import type { Dependencies } from './dependencies.ts';
import { withHeartbeat } from './heartbeat.ts';
import { firstTasks } from '../generation/tasks/first-tasks.ts';
import { addPersonalData } from '../documents/screen.ts';
import { readImports } from '../generation/imports/read-imports.ts';
import { readPassages } from '../documents/passages.ts';
import type { Activities } from '../contract/activities.ts';

/** A workflow's history holds few rows. */
const FLAGS_TOLD = 20;

export function documentActivities({
  artifacts,
  projectRoot,
  allowedRoots,
}: Dependencies): Pick<Activities, 'readDocuments'> {
  return {
    readDocuments: ({ config }) =>
      withHeartbeat({ stage: 'documents', label: 'chunks' }, async (report) => {
        const { documents, chunks, flags, personalData, withheld, failures, ...passages } = await readPassages({
          config,
          projectRoot,
          allowedRoots,
          onDocument: report,
        });
        const hash = createHash('sha256');
        for (const { id, sha256 } of documents) hash.update(`${id}\0${sha256}\n`);
        const { imports, ...imported } = await readImports({ config, projectRoot, allowedRoots });
        const notes = [...passages.notes, ...imported.notes];
        const { tasks } = firstTasks({ config, chunks, imports });
        const files = await Promise.all([
          artifacts.writeJsonLines({ kind: 'tasks', rows: tasks }),
          artifacts.writeJsonLines({ kind: 'chunks', rows: chunks }),
          artifacts.writeJsonLines({ kind: 'imports', rows: imports }),
        ]);
        return {
          documents: documents.length,
          tasks: files[0],
          chunks: files[1],
          imports: files[2],
          documentsSha256: hash.digest('hex'),
          licences: [...new Set(documents.flatMap(({ licence }) => licence ?? []))].sort(),
          unlicensed: documents.filter(({ licence }) => licence === undefined).length,
          personalData: addPersonalData(
            personalData,
            imports.map(({ pair }) => pair),
            config.filters.phoneRegion,
          ),
          instructions: { found: flags.length, first: flags.slice(0, FLAGS_TOLD) },
          skipped: withheld.length,
          ...(withheld.length > 0 && {
            withheld: await artifacts.writeJsonLines({ kind: 'withheld', rows: withheld }),
          }),
          failures,
          ...(notes.length > 0 && { notes }),
        };
      }),
  };
}
